/* app.js - conveniences only; every page works without it. */
(function () {
	"use strict";
	var doc = document, root = doc.documentElement;
	root.classList.remove("no-js");

	function say(text) {
		var live = doc.getElementById("say");
		if (live) live.textContent = text;
	}

	/* the side bar's list may be longer than the window: show where we are */
	var here = doc.querySelector(".side-body > .nav [aria-current]");
	if (here && here.parentNode.scrollHeight > here.parentNode.clientHeight)
		here.parentNode.scrollTop = here.offsetTop - here.parentNode.clientHeight / 2;

	/* copy buttons: <button class=copy data-copy="id of the text"> */
	doc.addEventListener("click", function (e) {
		var b = e.target.closest && e.target.closest("[data-copy]");
		if (!b || !navigator.clipboard) return;
		var from = doc.getElementById(b.getAttribute("data-copy"));
		navigator.clipboard.writeText(from.textContent).then(function () {
			var was = b.textContent;
			b.textContent = "Copied";
			say("Copied");
			setTimeout(function () { b.textContent = was; }, 1600);
		});
	});

	/* print buttons are there only where they can do something */
	doc.querySelectorAll("[data-print]").forEach(function (b) {
		b.hidden = false;
		b.addEventListener("click", function () { window.print(); });
	});

	/* pop-ups close at a click elsewhere and at Escape */
	function closePops(except) {
		doc.querySelectorAll("details.pop[open]").forEach(function (d) {
			if (!except || !d.contains(except)) d.open = false;
		});
	}
	doc.addEventListener("click", function (e) { closePops(e.target); });

	/* charts: the values come from the table twin, so nothing is sent twice */
	doc.querySelectorAll("figure[data-chart]").forEach(function (fig) {
		var rows = fig.querySelectorAll(".twin tbody tr");
		var heads = fig.querySelectorAll(".twin thead th");
		var plot = fig.querySelector(".plot"), svg = fig.querySelector(".chart-plot");
		var out = fig.querySelector(".readout");
		if (!svg || !rows.length || !out) return;
		var bars = fig.getAttribute("data-chart") === "bars", at = -1;
		var line = doc.createElementNS("http://www.w3.org/2000/svg", "line");
		line.setAttribute("class", "cursor");
		line.setAttribute("y1", "0");
		line.setAttribute("y2", "220");
		svg.appendChild(line);
		function show(i) {
			at = Math.max(0, Math.min(rows.length - 1, i));
			var x = bars ? (at + 0.5) / rows.length : rows.length < 2 ? 0.5 : at / (rows.length - 1);
			line.setAttribute("x1", 100 * x + "%");
			line.setAttribute("x2", 100 * x + "%");
			svg.classList.add("on");
			var c = rows[at].cells, text = c[0].textContent + ": " + c[1].textContent;
			for (var k = 2; k < c.length; k++)
				text += ", " + heads[k].textContent + " " + c[k].textContent;
			out.textContent = text;
		}
		function hide() {
			svg.classList.remove("on");
			out.textContent = "";
			at = -1;
		}
		svg.addEventListener("pointermove", function (e) {
			var r = svg.getBoundingClientRect(), f = (e.clientX - r.left) / r.width;
			show(bars ? Math.floor(f * rows.length) : Math.round(f * (rows.length - 1)));
		});
		svg.addEventListener("pointerleave", hide);
		plot.tabIndex = 0;
		plot.setAttribute("role", "group");
		plot.setAttribute("aria-label", "Chart. Left and right arrow keys read the values.");
		plot.addEventListener("blur", hide);
		plot.addEventListener("keydown", function (e) {
			var to = { ArrowLeft: at < 0 ? rows.length - 1 : at - 1, ArrowRight: at + 1,
				Home: 0, End: rows.length - 1 }[e.key];
			if (to === undefined) return;
			e.preventDefault();
			show(to);
		});
	});

	/* explorer: a row opens in place; without script its link opens it */
	doc.addEventListener("click", function (e) {
		var a = e.target.closest && e.target.closest(".ev > a");
		if (!a || e.button || e.ctrlKey || e.metaKey || e.shiftKey || e.altKey) return;
		var row = a.parentNode, body = row.querySelector(".ev-body");
		e.preventDefault();
		if (body) {
			body.hidden = !body.hidden;
			a.setAttribute("aria-expanded", String(!body.hidden));
			return;
		}
		if (row.getAttribute("aria-busy")) return;
		row.setAttribute("aria-busy", "true");
		fetch(a.href, { credentials: "same-origin" }).then(function (r) {
			return r.ok && !r.redirected ? r.text() : "";
		}).then(function (html) {
			body = new DOMParser().parseFromString(html, "text/html").querySelector("#open .ev-body");
			if (!body) throw new Error("no payload");
			var pre = body.querySelector("pre"), copy = body.querySelector("[data-copy]");
			pre.id = "payload-" + doc.querySelectorAll(".ev-body").length;
			copy.setAttribute("data-copy", pre.id);
			body.querySelector(".close").remove();
			row.removeAttribute("aria-busy");
			row.appendChild(body);
			a.setAttribute("aria-expanded", "true");
		}).catch(function () { location.href = a.href; });
	});

	/* waiting pages: fetch the page again and swap the live part */
	var wait = doc.querySelector("[data-poll]");
	if (wait) {
		var every = 1000 * Number(wait.getAttribute("data-poll")), state = wait.getAttribute("data-state");
		var told = 0, news = "", still = false, pause = doc.getElementById("live-pause");
		if (pause) pause.addEventListener("click", function (e) {
			e.preventDefault();
			still = !still;
			pause.textContent = still ? "Go on" : "Pause";
			say(still ? "Paused" : "Running");
		});
		var timer = setInterval(function () {
			/* nothing moves under a pointer's or a key's target */
			if (doc.hidden || still || (pause && wait.contains(doc.activeElement))) return;
			fetch(location.href, { credentials: "same-origin" }).then(function (r) {
				return r.ok && !r.redirected ? r.text() : null;
			}).then(function (html) {
				var next = html && new DOMParser().parseFromString(html, "text/html").getElementById(wait.id);
				if (!next) return;
				if (wait.innerHTML !== next.innerHTML) wait.innerHTML = next.innerHTML;
				var line = wait.querySelector("[data-news]");
				if (line && line.textContent !== news && Date.now() - told > 10000) {
					told = Date.now();
					say(news = line.textContent);
				}
				if (next.getAttribute("data-state") !== state) {
					state = next.getAttribute("data-state");
					say(wait.querySelector(".wait").textContent.trim());
					if (state === "live") clearInterval(timer);
				}
			}).catch(function () { /* the next round tries again */ });
		}, every);
	}

	/* Ctrl-K: where the side bar and the top line lead, by name */
	var palette = doc.getElementById("palette");
	function openPalette() {
		var box = palette.querySelector("input"), list = palette.querySelector("ul");
		function show() {
			var words = box.value.toLowerCase().split(/\s+/);
			list.textContent = "";
			doc.querySelectorAll(".side .nav a, .where .pop-list a").forEach(function (a) {
				var pop = a.closest(".pop"), kind = pop ? pop.querySelector(".vh").textContent : "";
				var name = kind + a.textContent, low = name.toLowerCase();
				if (!words.every(function (w) { return low.indexOf(w) >= 0; })) return;
				var item = doc.createElement("li"), link = doc.createElement("a");
				link.href = a.href;
				link.textContent = name;
				item.append(link);
				list.append(item);
			});
		}
		palette.oninput = show;
		palette.onkeydown = function (e) {
			var all = [box].concat(Array.from(list.querySelectorAll("a")));
			var step = e.key === "ArrowDown" ? 1 : e.key === "ArrowUp" ? -1 : 0;
			if (e.key === "Enter" && e.target === box && all[1]) {
				e.preventDefault();
				location.href = all[1].href;
			} else if (step) {
				e.preventDefault();
				all[(all.indexOf(doc.activeElement) + step + all.length) % all.length].focus();
			}
		};
		box.value = "";
		show();
		palette.showModal();
	}

	/* keys: ? lists them, / searches, g o and g e go; can be switched off */
	var sheet = doc.getElementById("keys"), pending = "";
	var off = false;
	try { off = localStorage.getItem("tm-keys") === "off"; } catch (e) { /* no storage */ }
	var toggle = doc.getElementById("keys-off");
	if (toggle) {
		toggle.checked = !off;
		toggle.addEventListener("change", function () {
			off = !toggle.checked;
			try { localStorage.setItem("tm-keys", off ? "off" : "on"); } catch (e) { /* no storage */ }
		});
	}
	doc.querySelectorAll("[data-open-keys]").forEach(function (b) {
		b.hidden = false;
		b.addEventListener("click", function () { if (sheet) sheet.showModal(); });
	});
	doc.addEventListener("keydown", function (e) {
		var t = e.target, typing = /^(INPUT|SELECT|TEXTAREA)$/.test(t.tagName) || t.isContentEditable;
		if (e.key === "Escape") closePops(null);
		if (!off && palette && e.key === "k" && (e.ctrlKey || e.metaKey) && !e.altKey && !e.shiftKey) {
			e.preventDefault();
			if (!palette.open) openPalette();
			return;
		}
		if (off || typing || e.ctrlKey || e.metaKey || e.altKey) return;
		if (pending === "g") {
			pending = "";
			var link = doc.querySelector("[data-go='" + (/^[a-z]$/.test(e.key) ? e.key : "") + "']");
			if (link) { e.preventDefault(); location.href = link.href; }
			return;
		}
		if (e.key === "g") {
			pending = "g";
			setTimeout(function () { pending = ""; }, 1200);
		} else if (e.key === "?" && sheet) {
			e.preventDefault();
			sheet.showModal();
		} else if (e.key === "/") {
			var box = doc.querySelector("[data-search=first]") || doc.querySelector("[data-search]");
			if (!box) return;
			e.preventDefault();
			var d = box.closest("details");
			if (d) d.open = true;
			box.focus();
		}
	});
})();
