{{%AUTOESCAPE context="HTML"}}
<div class="page-head"><h1>Errors</h1><p>Every error has one shape: a code that programs read, a sentence, the fields at fault, and the request id that the logs have.</p></div>
<div class="well"><pre tabindex="0">{"error":"validation_failed","message":"Invalid payload",
 "details":{"events.0.name":["The name field is required when type=event."]},
 "request_id":"018d7aa0…"}</pre></div>
<section class="section" aria-labelledby="s-answers"><h2 id="s-answers">What an SDK does with an answer</h2>
<table class="lookup"><thead><tr><th scope="col">Status</th><th scope="col">Meaning</th><th scope="col">What to do</th></tr></thead><tbody>
{{#ANSWER}}<tr><td class="mono path">{{STATUS}}</td><td>{{MEANING}}</td><td>{{DOES}}</td></tr>
{{/ANSWER}}</tbody></table><p class="hint">A 202 may still name single items in <code>results</code>: <code>warning</code> was stored, <code>drop</code> was not and never will be, <code>retry</code> wants to be sent again. Add <code>?strict=1</code> and one bad item refuses the batch; send a body to <code>/api/v1/ingest/validate</code> and nothing is stored.</p></section>
<section class="section" aria-labelledby="s-items"><h2 id="s-items">Codes of items and refused requests</h2>
<div class="scroll"><table class="lookup"><thead><tr><th scope="col">Code</th><th scope="col">Meaning</th><th scope="col">What to do</th></tr></thead><tbody>
{{#REASON}}<tr><td class="mono path">{{CODE}}</td><td>{{WORDS}}</td><td>{{FIX}}</td></tr>
{{/REASON}}</tbody></table></div></section>
<section class="section" aria-labelledby="s-device"><h2 id="s-device">What SDKs say they threw away</h2>
<div class="scroll"><table class="lookup"><thead><tr><th scope="col">Reason</th><th scope="col">Meaning</th><th scope="col">What to do</th></tr></thead><tbody>
{{#THROWN}}<tr><td class="mono path">{{CODE}}</td><td>{{WORDS}}</td><td>{{FIX}}</td></tr>
{{/THROWN}}</tbody></table></div></section>
<section class="section" aria-labelledby="s-slugs"><h2 id="s-slugs">All codes of the API</h2>
<div class="scroll"><table class="lookup"><thead><tr><th scope="col">Code</th><th scope="col">Status</th><th scope="col">Sentence</th></tr></thead><tbody>
{{#SLUG}}<tr><td class="mono path">{{NAME}}</td><td class="mono">{{STATUS}}</td><td>{{TEXT}}</td></tr>
{{/SLUG}}</tbody></table></div></section>
