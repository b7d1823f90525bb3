/* Hỏi đáp without a page load for each turn. Everything works without it. Written for browsers of 2014. */
(function () {
  var chat = document.getElementById("chat");
  if (!chat || !window.XMLHttpRequest || !window.DOMParser) return;
  var AGAIN_MS = 20000, UNTIL = Date.now() + 3600000, pressed = null, busy = false;
  function get(id) { return document.getElementById(id); }

  function ask(method, path, body, then) {
    var request = new XMLHttpRequest();
    request.open(method, path);
    request.timeout = 30000;
    if (body !== null) request.setRequestHeader("Content-Type", "application/x-www-form-urlencoded");
    request.onload = function () { then(request.status, request.responseText); };
    request.onerror = request.ontimeout = function () { then(0, ""); };
    request.send(body);
  }

  function parsed(text) { return new DOMParser().parseFromString(text, "text/html"); }

  /* The lines that are not here yet are added, so that a screen reader reads those alone. */
  function add(page) {
    var log = get("loi"), lines = page.querySelectorAll("#loi .line"), first = null, there = +chat.getAttribute("data-said"), i, line;
    for (i = 0; i < lines.length; i += 1) {
      if (+lines[i].getAttribute("data-line") > there) {
        line = document.importNode(lines[i], true);
        line.removeAttribute("id");
        log.appendChild(line);
        if (!first || first.className.indexOf("citizen") >= 0) first = line;
      }
    }
    chat.setAttribute("data-said", page.getElementById("chat").getAttribute("data-said"));
    return first;
  }

  function swap(id, page) {
    var mine = get(id), theirs = page.getElementById(id);
    if (mine && theirs) mine.parentNode.replaceChild(document.importNode(theirs, true), mine);
  }

  function wait(on) {
    var buttons = chat.getElementsByTagName("button"), i;
    busy = on;
    for (i = 0; i < buttons.length; i += 1) buttons[i].disabled = on;
  }

  function field(name, value) { return encodeURIComponent(name) + "=" + encodeURIComponent(value); }

  chat.addEventListener("click", function (event) {
    if (event.target.tagName === "BUTTON") pressed = event.target;
  });

  chat.addEventListener("submit", function (event) {
    var form = event.target, parts = [], inputs = form.getElementsByTagName("input"), i;
    event.preventDefault();
    if (busy) return;
    for (i = 0; i < inputs.length; i += 1) parts.push(field(inputs[i].name, inputs[i].value));
    if (pressed && pressed.form === form && pressed.name) parts.push(field(pressed.name, pressed.value));
    pressed = null;
    get("bao").textContent = "Đang gửi…";
    wait(true);
    ask("POST", form.getAttribute("action"), parts.join("&"), function (status, text) {
      var page = parsed(text), said = page.getElementById("loi-nhan"), first;
      wait(false);
      if (status === 200 && page.getElementById("chat")) {
        get("bao").textContent = "";
        first = add(page);
        swap("tra-loi", page);
        if (first) { first.focus(); first.scrollIntoView(); }
      } else {
        get("bao").textContent = said ? said.textContent : "Chưa gửi được, có thể do mạng yếu. Xin bấm lại.";
      }
    });
  });

  /* An officer's answer comes by itself while somebody looks. */
  setInterval(function () {
    if (busy || document.hidden || Date.now() > UNTIL) return;
    ask("GET", chat.getAttribute("data-more") + "?sau=" + chat.getAttribute("data-said"), null, function (status, text) {
      if (status !== 200 || busy) return;
      var page = parsed(text);
      if (!page.getElementById("chat")) return;
      add(page);
      if (!get("nut").contains(document.activeElement)) swap("nut", page);
    });
  }, AGAIN_MS);

  /* A code behind the # never reaches a server's log; it is put where it would be typed. */
  var code = /^#ma=([2-9A-Z]{4}-?[2-9A-Z]{4})$/.exec(location.hash);
  if (code) {
    get("chu").value = code[1];
    get("chu").focus();
    if (history.replaceState) history.replaceState(null, "", location.pathname);
  }
})();
