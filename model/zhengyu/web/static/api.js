/** Asks the server, with the token if it wants one; errors carry what it said. */

let token = sessionStorage.getItem("zhengyu-token");

/** An answer that was no good: `status` and the server's own words. */
export class Refused extends Error {
  constructor(status, detail) {
    super(detail);
    this.status = status;
  }
}

/** Ask for a path; `body` is sent as JSON, or as it is when it is a file. `askToken` gives a token when one is needed. */
export async function ask(path, body, askToken) {
  const headers = {};
  if (token) headers.Authorization = `Bearer ${token}`;
  const options = { headers, method: body === undefined ? "GET" : "POST" };
  if (body instanceof Blob) {
    headers["Content-Type"] = "application/octet-stream";
    options.body = body;
  } else if (body !== undefined) {
    headers["Content-Type"] = "application/json";
    options.body = JSON.stringify(body);
  }
  const answer = await fetch(path, options);
  if (answer.status === 401) {
    token = await askToken();
    sessionStorage.setItem("zhengyu-token", token);
    return ask(path, body, askToken);
  }
  if (!answer.ok) {
    const detail = await answer.json().then((told) => told.detail, () => answer.statusText);
    throw new Refused(answer.status, String(detail));
  }
  return answer;
}

/** Hand a file to the reader under a name. */
export function handOver(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}
