#include "CConsolePages.h"

// C23's way to put a file into a program; the compilers of Swift 6.2 and later have it, and notice when the file changes.
#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char app_js[] = {
#embed "../../Console/app.js"
};
static const unsigned char console_css[] = {
#embed "../../Console/console.css"
};
static const unsigned char docs_html[] = {
#embed "../../Console/docs.html"
};
static const unsigned char docs_js[] = {
#embed "../../Console/docs.js"
};
static const unsigned char icon_svg[] = {
#embed "../../Console/icon.svg"
};
static const unsigned char index_html[] = {
#embed "../../Console/index.html"
};
static const unsigned char lib_api_js[] = {
#embed "../../Console/lib/api.js"
};
static const unsigned char lib_charts_js[] = {
#embed "../../Console/lib/charts.js"
};
static const unsigned char lib_dialogs_js[] = {
#embed "../../Console/lib/dialogs.js"
};
static const unsigned char lib_dom_js[] = {
#embed "../../Console/lib/dom.js"
};
static const unsigned char lib_format_js[] = {
#embed "../../Console/lib/format.js"
};
static const unsigned char lib_icons_js[] = {
#embed "../../Console/lib/icons.js"
};
static const unsigned char lib_json_js[] = {
#embed "../../Console/lib/json.js"
};
static const unsigned char lib_metrics_js[] = {
#embed "../../Console/lib/metrics.js"
};
static const unsigned char lib_policy_js[] = {
#embed "../../Console/lib/policy.js"
};
static const unsigned char lib_router_js[] = {
#embed "../../Console/lib/router.js"
};
static const unsigned char lib_runs_js[] = {
#embed "../../Console/lib/runs.js"
};
static const unsigned char lib_shell_js[] = {
#embed "../../Console/lib/shell.js"
};
static const unsigned char lib_tables_js[] = {
#embed "../../Console/lib/tables.js"
};
static const unsigned char lib_thumbnails_js[] = {
#embed "../../Console/lib/thumbnails.js"
};
static const unsigned char lib_ui_js[] = {
#embed "../../Console/lib/ui.js"
};
static const unsigned char lib_zip_js[] = {
#embed "../../Console/lib/zip.js"
};
static const unsigned char tokens_css[] = {
#embed "../../Console/tokens.css"
};
static const unsigned char views_browse_js[] = {
#embed "../../Console/views/browse.js"
};
static const unsigned char views_downloads_js[] = {
#embed "../../Console/views/downloads.js"
};
static const unsigned char views_editor_js[] = {
#embed "../../Console/views/editor.js"
};
static const unsigned char views_entry_js[] = {
#embed "../../Console/views/entry.js"
};
static const unsigned char views_health_js[] = {
#embed "../../Console/views/health.js"
};
static const unsigned char views_housekeeping_js[] = {
#embed "../../Console/views/housekeeping.js"
};
static const unsigned char views_log_js[] = {
#embed "../../Console/views/log.js"
};
static const unsigned char views_memory_js[] = {
#embed "../../Console/views/memory.js"
};
static const unsigned char views_preview_js[] = {
#embed "../../Console/views/preview.js"
};
static const unsigned char views_properties_js[] = {
#embed "../../Console/views/properties.js"
};
static const unsigned char views_run_js[] = {
#embed "../../Console/views/run.js"
};
static const unsigned char views_runs_js[] = {
#embed "../../Console/views/runs.js"
};
static const unsigned char views_sign_in_js[] = {
#embed "../../Console/views/sign-in.js"
};
static const unsigned char views_stores_js[] = {
#embed "../../Console/views/stores.js"
};
static const unsigned char views_tokens_js[] = {
#embed "../../Console/views/tokens.js"
};
static const unsigned char views_uploads_js[] = {
#embed "../../Console/views/uploads.js"
};

static const larder_console_page pages[] = {
    {"app.js", app_js, sizeof app_js},
    {"console.css", console_css, sizeof console_css},
    {"docs.html", docs_html, sizeof docs_html},
    {"docs.js", docs_js, sizeof docs_js},
    {"icon.svg", icon_svg, sizeof icon_svg},
    {"index.html", index_html, sizeof index_html},
    {"lib/api.js", lib_api_js, sizeof lib_api_js},
    {"lib/charts.js", lib_charts_js, sizeof lib_charts_js},
    {"lib/dialogs.js", lib_dialogs_js, sizeof lib_dialogs_js},
    {"lib/dom.js", lib_dom_js, sizeof lib_dom_js},
    {"lib/format.js", lib_format_js, sizeof lib_format_js},
    {"lib/icons.js", lib_icons_js, sizeof lib_icons_js},
    {"lib/json.js", lib_json_js, sizeof lib_json_js},
    {"lib/metrics.js", lib_metrics_js, sizeof lib_metrics_js},
    {"lib/policy.js", lib_policy_js, sizeof lib_policy_js},
    {"lib/router.js", lib_router_js, sizeof lib_router_js},
    {"lib/runs.js", lib_runs_js, sizeof lib_runs_js},
    {"lib/shell.js", lib_shell_js, sizeof lib_shell_js},
    {"lib/tables.js", lib_tables_js, sizeof lib_tables_js},
    {"lib/thumbnails.js", lib_thumbnails_js, sizeof lib_thumbnails_js},
    {"lib/ui.js", lib_ui_js, sizeof lib_ui_js},
    {"lib/zip.js", lib_zip_js, sizeof lib_zip_js},
    {"tokens.css", tokens_css, sizeof tokens_css},
    {"views/browse.js", views_browse_js, sizeof views_browse_js},
    {"views/downloads.js", views_downloads_js, sizeof views_downloads_js},
    {"views/editor.js", views_editor_js, sizeof views_editor_js},
    {"views/entry.js", views_entry_js, sizeof views_entry_js},
    {"views/health.js", views_health_js, sizeof views_health_js},
    {"views/housekeeping.js", views_housekeeping_js, sizeof views_housekeeping_js},
    {"views/log.js", views_log_js, sizeof views_log_js},
    {"views/memory.js", views_memory_js, sizeof views_memory_js},
    {"views/preview.js", views_preview_js, sizeof views_preview_js},
    {"views/properties.js", views_properties_js, sizeof views_properties_js},
    {"views/run.js", views_run_js, sizeof views_run_js},
    {"views/runs.js", views_runs_js, sizeof views_runs_js},
    {"views/sign-in.js", views_sign_in_js, sizeof views_sign_in_js},
    {"views/stores.js", views_stores_js, sizeof views_stores_js},
    {"views/tokens.js", views_tokens_js, sizeof views_tokens_js},
    {"views/uploads.js", views_uploads_js, sizeof views_uploads_js},
};

const larder_console_page *larder_console_pages(size_t *count) {
    *count = sizeof pages / sizeof pages[0];
    return pages;
}
