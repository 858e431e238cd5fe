import { signIn } from "../lib/api.js";
import { h, replace } from "../lib/dom.js";
import { notice } from "../lib/ui.js";

/** Asks for a token. `done` is called once there is a session. */
export function signInView(done, message) {
  const field = h("input", { id: "token", type: "password", autocomplete: "current-password", required: true, spellcheck: "false", "aria-describedby": "token-help" });
  const said = h("div", { "aria-live": "polite" }, message ? notice("warn", message) : null);
  const enter = h("button.primary", { type: "submit" }, "Sign in");
  const attempt = async (event) => {
    event.preventDefault();
    const token = field.value.trim();
    if (!token) {
      field.focus();
      return;
    }
    enter.disabled = true;
    try {
      await signIn(token);
      done();
    } catch (error) {
      const text = error.status === 401 ? "This token is not known here, or it has expired or been revoked." : error.message;
      replace(said, notice("bad", text));
      field.setAttribute("aria-invalid", "true");
      field.select();
      field.focus();
    } finally {
      enter.disabled = false;
    }
  };
  return h("main.sign-in", h("section.card", { "aria-label": "Sign in" }, h("form", { onsubmit: attempt },
    h("h1.brand", h("img", { src: "/console/icon.svg", alt: "" }), "Larder"),
    h("p.dim", "See the stores, watch the runs, clean up with open eyes."),
    h("label.field", { for: "token" }, "Token", field),
    h("p.small.dim", { id: "token-help" }, "The administrator's is in the data directory, ", h("code", "admin.token"), "; ", h("code", "larder token create"),
      " makes others. It is traded for a session and not kept in the browser."),
    said, enter)));
}
