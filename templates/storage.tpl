{{%AUTOESCAPE context="HTML"}}
<div class="page-head"><h1>Storage and retention</h1><p>What <b>{{PROJECT}}</b>, environment <code>{{ENV}}</code>, holds, how long it is kept, and what goes next.</p></div>
{{>NOTE}}
{{#ALARM}}<p class="note bad">{{TEXT}}</p>{{/ALARM}}
{{#MOVING}}<p class="note">Rows are on their way to another class of partitions. They are counted and shown all the while.</p>{{/MOVING}}
<section class="section" aria-labelledby="s-held"><h2 id="s-held">What is held</h2>
<table class="stack-narrow"><thead><tr><th scope="col">Kind</th><th scope="col" class="n">Kept</th><th scope="col" class="n">Rows</th><th scope="col" class="n">Size, estimated</th><th scope="col">Oldest</th><th scope="col">Newest</th><th scope="col" class="n">Go within 24 h</th><th scope="col" class="n">In 30 days</th></tr></thead><tbody>
{{#ROW}}<tr><td>{{NAME}}</td><td class="n" data-label="Kept">{{KEPT}}</td><td class="n" data-label="Rows">{{ROWS}}</td><td class="n" data-label="Size, estimated">{{BYTES}}</td><td data-label="Oldest">{{OLDEST}}</td><td data-label="Newest">{{NEWEST}}</td><td class="n" data-label="Go within 24 h">{{TOMORROW}}</td><td class="n" data-label="In 30 days">{{LATER}}</td></tr>
{{/ROW}}</tbody></table>
<p class="hint after">{{FORECAST}} Sizes are rows times the measured bytes of a row with its indexes; the last column is a forecast at the pace of the last seven days.</p></section>
<div class="columns two">
<section aria-labelledby="s-next"><h2 id="s-next">What goes, and when</h2>
<dl class="pairs">{{#NEXT}}<dt>{{NAME}}</dt><dd>{{VALUE}}</dd>{{/NEXT}}</dl></section>
<section aria-labelledby="s-run"><h2 id="s-run">Last run</h2>
<dl class="pairs">{{#RUN}}<dt>{{NAME}}</dt><dd>{{VALUE}}</dd>{{/RUN}}</dl></section>
<section aria-labelledby="s-gone"><h2 id="s-gone">Removed in the last 30 days</h2>
{{#REMOVED}}<table><thead><tr><th scope="col">What</th><th scope="col" class="n">Rows</th><th scope="col">Last</th></tr></thead><tbody>
{{#GONE}}<tr><td>{{WHAT}}</td><td class="n">{{ROWS}}</td><td>{{LAST}}</td></tr>
{{/GONE}}</tbody></table>{{/REMOVED}}{{#NOTHING}}<p>Nothing was over yet.</p>{{/NOTHING}}</section>
{{#FORM}}<section aria-labelledby="s-keep"><h2 id="s-keep">How long to keep it</h2>
<form method="post" action="{{URL}}" class="form"><input type="hidden" name="csrf" value="{{CSRF}}">
<div class="row"><div class="field"><label for="raw">Events, days</label><input id="raw" name="retention_raw_days" value="{{RAW}}" autocomplete="off" inputmode="numeric" required maxlength="6"{{#RAW_BAD}} aria-describedby="raw-e" aria-invalid="true"{{#FIRST}} autofocus{{/FIRST}}{{/RAW_BAD}}>{{#RAW_BAD}}<p class="bad-field" id="raw-e">{{TEXT}}</p>{{/RAW_BAD}}</div>
<div class="field"><label for="crash">Crashes, days</label><input id="crash" name="retention_crash_days" value="{{CRASH}}" autocomplete="off" inputmode="numeric" required maxlength="6"{{#CRASH_BAD}} aria-describedby="crash-e" aria-invalid="true"{{#FIRST}} autofocus{{/FIRST}}{{/CRASH_BAD}}>{{#CRASH_BAD}}<p class="bad-field" id="crash-e">{{TEXT}}</p>{{/CRASH_BAD}}</div>
<div class="field"><label for="trace">Traces, days</label><input id="trace" name="retention_trace_days" value="{{TRACE}}" autocomplete="off" inputmode="numeric" required maxlength="6"{{#TRACE_BAD}} aria-describedby="trace-e" aria-invalid="true"{{#FIRST}} autofocus{{/FIRST}}{{/TRACE_BAD}}>{{#TRACE_BAD}}<p class="bad-field" id="trace-e">{{TEXT}}</p>{{/TRACE_BAD}}</div></div>
<p class="hint field">0 keeps them for ever. What is older is hidden at once, and before anything is hidden you see how much.</p>
<div class="row"><div class="field"><label for="months">Sums, months</label><input id="months" name="retention_agg_months" value="{{MONTHS}}" autocomplete="off" inputmode="numeric" required maxlength="6" aria-describedby="months-h{{#MONTHS_BAD}} months-e{{/MONTHS_BAD}}"{{#MONTHS_BAD}} aria-invalid="true"{{#FIRST}} autofocus{{/FIRST}}{{/MONTHS_BAD}}>{{#MONTHS_BAD}}<p class="bad-field" id="months-e">{{TEXT}}</p>{{/MONTHS_BAD}}</div>
<div class="field"><label for="redact">Words in crashes, days</label><input id="redact" name="crash_redact_days" value="{{REDACT}}" autocomplete="off" inputmode="numeric" required maxlength="6" aria-describedby="redact-h{{#REDACT_BAD}} redact-e{{/REDACT_BAD}}"{{#REDACT_BAD}} aria-invalid="true"{{#FIRST}} autofocus{{/FIRST}}{{/REDACT_BAD}}>{{#REDACT_BAD}}<p class="bad-field" id="redact-e">{{TEXT}}</p>{{/REDACT_BAD}}</div></div>
<p class="hint" id="months-h">Counts, active users and percentiles; they stay at least as long as any row.</p>
<p class="hint field" id="redact-h">After so many days a crash loses its message, breadcrumbs and properties; its group and stack still count. 0 leaves them.</p>
<button class="button primary">Save retention</button></form></section>{{/FORM}}
{{#ASK}}<section aria-labelledby="s-keep"><h2 id="s-keep">How long to keep it</h2><p class="hint">Admins and owners of the team change this.</p></section>{{/ASK}}
</div>
