import { signIn } from "../lib/api.js";
import { h, replace } from "../lib/dom.js";
import { button, notice } from "../lib/ui.js";

/** What asks for a token: `done` is called once there is a session. */
export function signInFields(done, message) {
  const field = h("input", { id: "token", type: "password", autocomplete: "current-password", required: true, spellcheck: "false", "aria-describedby": "token-help" });
  const said = h("div", { "aria-live": "polite" }, message ? notice("warn", message) : null);
  const attempt = async () => {
    const token = field.value.trim();
    if (!token) {
      field.focus();
      return;
    }
    try {
      await signIn(token);
      done();
    } catch (error) {
      const text = error.status === 401 ? "Unknown token. It may have expired or been revoked." : error.message;
      replace(said, notice("bad", text));
      field.setAttribute("aria-invalid", "true");
      field.select();
      field.focus();
    }
  };
  return [
    h("label.field", { for: "token" }, "Token", field),
    h("p.small.dim", { id: "token-help" }, "The admin token is in the file ", h("code", "admin.token"), " of the data directory; ", h("code", "larder token create --read"),
      " makes others. The browser keeps a session, not the token."),
    said,
    button("Sign in", { type: "submit", class: "primary", onclick: attempt }),
  ];
}

/** The page that asks for a token. */
export function signInView(done, message) {
  return h("main.sign-in", h("section.card", { "aria-label": "Sign in" }, h("form", { onsubmit: (event) => event.preventDefault() },
    h("h1.brand", h("img", { src: "/console/icon.svg", alt: "" }), "Larder"),
    h("p.dim", "Browse stores, follow runs, manage storage."),
    signInFields(done, message))));
}
