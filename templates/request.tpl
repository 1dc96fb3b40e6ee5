{{%AUTOESCAPE context="HTML"}}
<div class="page-head"><p class="up"><a href="{{LIST_URL}}">Privacy requests</a></p><h1>{{WHAT}} <span class="tag {{STATE}}">{{WORD}}</span>{{#OVERDUE}} <span class="tag crash">overdue</span>{{/OVERDUE}}</h1>{{#STEP}}<p>{{TEXT}}. Reload to see how far it is.</p>{{/STEP}}</div>
{{>NOTE}}
{{#ERROR}}<p class="note bad">{{TEXT}}</p>{{/ERROR}}
<div class="columns wide-left">
<div class="stacked">
{{#ARCHIVE}}<section aria-labelledby="r-archive"><h2 id="r-archive">Archive</h2><p>A ZIP file with JSON and CSV, {{SIZE}}, to be fetched until {{UNTIL}}.</p><p class="button-row"><a class="button primary" href="{{URL}}">Download the archive</a></p><p class="hint">SHA-256 <span class="mono cut">{{SHA256}}</span></p></section>{{/ARCHIVE}}
{{#RECEIPT}}<section aria-labelledby="r-receipt"><h2 id="r-receipt">Receipt</h2><p>{{#IDS}}After the work {{LOOKED}} rows of {{TABLES}} tables and {{KEYS}} keys of the queue were searched for the ids: <b>{{FOUND}}</b> were found.{{/IDS}}{{#EVENTS}}After the work the events were looked for again: <b>{{FOUND}}</b> were found.{{/EVENTS}} The signed receipt says what was done and when; anybody can check it with the public key at <code>/.well-known/receipt-keys.json</code>, or with <code>tidemarkctl person receipt verify FILE</code>.</p><p class="button-row"><a class="button primary" href="{{URL}}">Download the receipt</a></p></section>{{/RECEIPT}}
{{#ROWS}}<section aria-labelledby="r-rows"><h2 id="r-rows">Rows</h2><table class="rows"><thead><tr><th scope="col">Of</th><th scope="col" class="n">Rows</th></tr></thead><tbody>{{#ROW}}<tr><td>{{NAME}}</td><td class="n">{{COUNT}}</td></tr>{{/ROW}}</tbody></table></section>{{/ROWS}}
{{#CANCEL}}<section aria-labelledby="r-cancel"><h2 id="r-cancel">Not begun yet</h2><p>Until it begins the request can be taken back; nothing has been changed.</p><form method="post" action="{{URL}}" class="form"><input type="hidden" name="csrf" value="{{CSRF}}"><p class="button-row"><button class="button danger">Cancel the request</button></p></form></section>{{/CANCEL}}
</div>
<section aria-labelledby="r-facts"><h2 id="r-facts">Facts</h2><dl class="pairs">{{#PAIR}}<dt>{{NAME}}</dt><dd class="{{CLASS}}">{{VALUE}}</dd>{{/PAIR}}</dl>{{#FORGOTTEN}}<p class="small">Whom it was about is forgotten here; the receipt holds keyed digests of the ids.</p>{{/FORGOTTEN}}{{#SEALED}}<p class="small">Which events it was about is shown to nobody any more. It stays sealed for {{DAYS}} days, so that the erasure is repeated when an older backup is restored.</p>{{/SEALED}}</section>
</div>
