// A page of ours as a document, or the part of it that `part` names; nothing in it runs, and no text of ours becomes markup here.
export function fetched(url, part = "") {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("GET", url);
    request.setRequestHeader("Accept", "text/html");
    if (part) request.setRequestHeader("X-Part", part);
    request.responseType = "document";
    request.timeout = 20_000;
    request.onload = () => (request.status === 200 && request.response ? resolve(request.response) : reject(new Error(request.status)));
    request.onerror = request.ontimeout = () => reject(new Error("away"));
    request.send();
  });
}

// What a form says, posted, with its files where it has any: the page that it leads to, also where something was refused.
export function posted(url, fields) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", url);
    request.setRequestHeader("Accept", "text/html");
    const hasFiles = fields instanceof FormData;
    if (!hasFiles) request.setRequestHeader("Content-Type", "application/x-www-form-urlencoded");
    request.responseType = "document";
    request.timeout = hasFiles ? 300_000 : 20_000;
    request.onload = () => (request.status < 500 && request.response ? resolve(request.response) : reject(new Error(request.status)));
    request.onerror = request.ontimeout = () => reject(new Error("away"));
    request.send(hasFiles ? fields : fields.toString());
  });
}

// Something that a page tells by itself, and that is answered by nothing.
export async function told(url, fields) {
  const body = new URLSearchParams(fields);
  // It arrives though the page is left meanwhile; of more than that no browser takes it.
  const answer = await fetch(url, { method: "POST", body, keepalive: body.toString().length < 60_000 });
  if (!answer.ok) throw new Error(answer.status);
}

// Where this page is asked for anew. What answers a refused form stands at the form's address, which takes posts alone; its
// `data-page` tells the page's own.
export function here() {
  const own = document.querySelector("[data-page]")?.dataset.page;
  return !own || new URL(own, location.href).pathname === location.pathname ? location.href : own;
}

// What a part of a page says; times go on by themselves and are told in the browser's zone, so each is its moment.
export function said(node) {
  const copy = node.cloneNode(true);
  copy.querySelectorAll("time").forEach((time) => time.replaceWith(time.dateTime));
  return copy.textContent.replace(/\s+/g, " ");
}
