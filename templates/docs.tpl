{{%AUTOESCAPE context="HTML"}}
<div class="page-head"><h1>Documentation</h1><p>From the first event to the meaning of each number. It is part of this server, and of its version.</p></div>
<section class="section" aria-labelledby="s-guides"><h2 id="s-guides">Quickstarts</h2>
<ul class="guides">{{#GUIDE}}<li><a href="/docs/quickstart/{{ID}}">{{NAME}}</a><span class="second">{{ABOUT}}</span></li>
{{/GUIDE}}</ul><p class="hint">The same page inside a project, under Send events, has the project's key in its code.</p></section>
<section class="section" aria-labelledby="s-more"><h2 id="s-more">Look things up</h2>
<ul class="guides">
<li><a href="/docs/api">API reference</a><span class="second">Every operation with parameters, bodies and replies.</span></li>
<li><a href="/docs/errors">Errors</a><span class="second">What each status and code means, and what to do about it.</span></li>
<li><a href="/docs/compatibility">Other vendors' SDKs</a><span class="second">Keep the SDK you have: which line to change, and what becomes what.</span></li>
<li><a href="/docs/definitions">What the numbers mean</a><span class="second">One set of definitions for pages, replies and files.</span></li>
<li><a href="/docs/runbook">Runbook</a><span class="second">For whoever runs this server.</span></li>
</ul></section>
