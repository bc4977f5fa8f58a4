/* global SwaggerUIBundle */
/* Swagger UI leaves its fields without names and some links inside buttons; a screen reader is told what they are. */
const NAMES = {
  "textarea.body-param__text": "Body",
  "input[type=file]": "File",
  ".content-type": "Content type",
  ".copy-to-clipboard button": "Copy",
};
const root = document.getElementById("swagger");
new MutationObserver(() => {
  for (const [which, name] of Object.entries(NAMES)) {
    for (const field of root.querySelectorAll(which)) field.setAttribute("aria-label", name);
  }
}).observe(root, { childList: true, subtree: true });
// With deep links every path would be a link inside the button that opens it.
SwaggerUIBundle({ url: "/openapi.json", dom_id: "#swagger", deepLinking: false, validatorUrl: null });
