{{%AUTOESCAPE context="HTML"}}
<div class="page-head"><h1>Other vendors' SDKs</h1><p>Apps that already use one of these can send here unchanged: only the host and the key are new. Limits, privacy rules, quotas and schemas count as for our own SDKs.</p></div>
<nav class="toc" aria-label="Vendors"><ul><li><a href="#history">History</a></li>{{#TOC}}<li><a href="#{{SLUG}}">{{NAME}}</a></li>
{{/TOC}}</ul></nav>
<section class="section" aria-labelledby="s-all"><h2 id="s-all">All of them</h2>
<dl class="pairs wide"><dt>Key</dt><dd>The write key alone selects the project and its environment. Where an SDK asks for a project number too, any will do.</dd>
<dt>Repeats</dt><dd>The same call sent twice is stored once, by the SDK's own id.</dd>
<dt>Rejects</dt><dd>A call that cannot be taken never holds up the others: it is listed under Pipeline, Rejects, with its reason.</dd>
<dt>Names</dt><dd><span>All stay as they are, except that <code>$pageview</code> is <code>page_view</code>, and <code>$screen</code> and <code>screen</code> are <code>screen_view</code>.</span></dd></dl></section>
<section class="section compat" id="history" aria-labelledby="h-history"><h2 id="h-history">History</h2><p>What another system has gathered comes along by <code>tidemarkctl import --project ID --env prod --source SOURCE FILE</code>: through the same translation, with the same ids, so that a file and its SDK do not count twice. Files may be plain, gzip, zstd or ZIP. An import may be repeated, and one that was stopped goes on; its report counts what did not map, by reason and with lines.</p>
<table class="lookup"><thead><tr><th scope="col">Source</th><th scope="col">File</th></tr></thead><tbody>
<tr><td class="path">segment</td><td>Raw messages, one a line, as the Amazon S3 and Google Cloud Storage destinations keep them</td></tr>
<tr><td class="path">posthog</td><td>Events: a batch export (JSON lines), or the event list as JSON or CSV</td></tr>
<tr><td class="path">mixpanel</td><td>The raw event export, one event a line</td></tr>
<tr><td class="path">amplitude</td><td>The ZIP file of the Export API as it is, or its members</td></tr>
</tbody></table></section>
{{#VENDOR}}<section class="section compat" id="{{SLUG}}" aria-labelledby="h-{{SLUG}}"><h2 id="h-{{SLUG}}">{{NAME}}</h2><p>{{SAYS}}</p>
<table class="lookup"><thead><tr><th scope="col">SDK</th><th scope="col">What to change</th></tr></thead><tbody>
{{#SDK}}<tr><td class="path">{{NAME}}</td><td><code>{{CHANGE}}</code></td></tr>
{{/SDK}}</tbody></table>
<table class="lookup"><thead><tr><th scope="col">Theirs</th><th scope="col">Becomes</th></tr></thead><tbody>
{{#CALL}}<tr><td class="path">{{THEIRS}}</td><td>{{#TAKEN}}{{OURS}}{{/TAKEN}}{{#NOT_TAKEN}}<span class="quiet">not taken, listed among the rejects</span>{{/NOT_TAKEN}}</td></tr>
{{/CALL}}</tbody></table>
<p class="second">{{LIMITS}}</p></section>
{{/VENDOR}}
