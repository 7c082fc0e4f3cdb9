/* The desk without a mouse, with one, and without losing what was typed. The page works without this file, too:
   every action is a form. Nothing is evaluated and nothing comes from elsewhere (the page's policy). */
(function () {
  "use strict";
  const desk = () => document.getElementById("desk");
  const say = (text) => { document.getElementById("said").textContent = text; };

  // --- what was typed and not sent survives that the lists are drawn anew -------------------------------------------
  let kept = [], here = null;
  const inIssue = (story) => Boolean(story.closest("#issue-stories"));
  const named = (id) => id && document.querySelector('#desk .story[data-story="' + CSS.escape(id) + '"]');
  document.addEventListener("input", (event) => { if (event.target.form) event.target.form.dataset.typed = "yes"; });
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.target.dataset) delete event.target.dataset.typed;
  });
  document.addEventListener("htmx:beforeSwap", () => {
    const story = document.activeElement.closest(".story");
    const stories = Array.from(document.querySelectorAll("#desk .story"));
    const next = story && stories[stories.indexOf(story) + 1];
    here = story && { id: story.dataset.story, next: next && next.dataset.story, inIssue: inIssue(story) };
    kept = Array.from(document.querySelectorAll("#desk form[data-typed]"), (form) => ({
      id: form.id, fields: Array.from(form.elements, (field) => [field.name, field.value]),
    }));
  });
  document.addEventListener("htmx:afterSwap", () => {
    for (const was of kept) {
      const form = document.getElementById(was.id);
      if (!form) continue;
      for (const [name, value] of was.fields) {
        const field = form.elements[name];
        // the version too: what was typed was typed in sight of that one
        if (name && name !== "do" && field && "value" in field) field.value = value;
      }
      form.dataset.typed = "yes";
      const words = form.querySelector("details");
      if (words) words.open = true;
    }
    kept = [];
    // the button that was pressed may be gone: the keys go on at its story, or at the next when it left its list
    if (here && document.activeElement === document.body) {
      const story = named(here.id);
      const at = story && inIssue(story) === here.inIssue ? story : named(here.next) || story;
      if (at) { at.focus(); at.scrollIntoView({ block: "nearest" }); }
    }
  });
  window.addEventListener("beforeunload", (event) => {
    if (document.querySelector("#desk form[data-typed]")) event.preventDefault();
  });
  document.addEventListener("submit", (event) => { delete event.target.dataset.typed; });

  // --- a problem is said and changes nothing -------------------------------------------------------------------------
  document.addEventListener("htmx:responseError", (event) => {
    const answer = event.detail.xhr;
    event.target.dataset.typed = "yes";
    try { say(JSON.parse(answer.responseText).detail); } catch (_) { say("The server answered " + answer.status + "."); }
  });
  document.addEventListener("htmx:sendError", (event) => {
    event.target.dataset.typed = "yes";
    say("The server cannot be reached; nothing was stored. What you typed is still here.");
  });

  // --- order by dragging ---------------------------------------------------------------------------------------------
  function draggable() {
    const list = document.querySelector("#issue-stories[data-open]");
    if (!list || !window.Sortable || list.dataset.sortable) return;
    list.dataset.sortable = "yes";
    window.Sortable.create(list, {
      handle: ".grip", draggable: ".story", animation: 120, forceFallback: true,
      onEnd: (event) => {
        if (event.oldIndex === event.newIndex) return;
        const form = event.item.querySelector("form");
        let next = event.item.nextElementSibling;
        while (next && !next.dataset.story) next = next.nextElementSibling;
        form.elements.before.value = next ? next.dataset.story : "";
        let title = event.item.previousElementSibling;
        while (title && title.dataset.story) title = title.previousElementSibling;
        form.elements.under.value = title ? title.textContent : "";
        form.querySelector("button[value=move]").click();
      },
    });
  }

  // --- keys ----------------------------------------------------------------------------------------------------------
  const keys = { p: "pick", s: "skip", z: "snooze", c: "clear", K: "up", J: "down" };
  function press(story, name) {
    const button = story && story.querySelector("button[value=" + name + "]");
    if (button) { button.focus(); button.click(); }
  }
  document.addEventListener("keydown", (event) => {
    const at = event.target;
    if (event.ctrlKey || event.metaKey || event.altKey || /^(INPUT|TEXTAREA|SELECT)$/.test(at.tagName)) return;
    const stories = Array.from(document.querySelectorAll("#desk .story"));
    const here = at.closest ? at.closest(".story") : null;
    if (event.key === "j" || event.key === "k") {
      const next = stories[stories.indexOf(here) + (event.key === "j" ? 1 : -1)] || stories[0];
      if (next) { next.focus(); next.scrollIntoView({ block: "nearest" }); }
    } else if (event.key === "e" && here) {
      const words = here.querySelector("details");
      words.open = true;
      words.querySelector("input, textarea").focus();
    } else if (event.key === "u") {
      press(desk(), "undo");
    } else if (keys[event.key] && here) {
      press(here, keys[event.key]);
    } else {
      return;
    }
    event.preventDefault();
  });

  // --- copies --------------------------------------------------------------------------------------------------------
  document.addEventListener("click", async (event) => {
    const link = event.target.closest("a[data-copy]");
    if (!link || !navigator.clipboard) return;
    event.preventDefault();
    try {
      const text = await (await fetch(link.href)).text();
      if (link.dataset.copy === "HTML" && window.ClipboardItem) {
        await navigator.clipboard.write([new ClipboardItem({
          "text/html": new Blob([text], { type: "text/html" }), "text/plain": new Blob([text], { type: "text/plain" }),
        })]);
      } else {
        await navigator.clipboard.writeText(text);
      }
      say("Copied as " + link.dataset.copy + ".");
    } catch (_) { window.location = link.href; }
  });

  document.addEventListener("DOMContentLoaded", draggable);
  document.addEventListener("htmx:afterSettle", draggable);
})();
