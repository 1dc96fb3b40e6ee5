{{%AUTOESCAPE context="HTML"}}
<div class="page-head"><p class="up"><a href="/docs/api">API reference</a></p><h1>{{SUMMARY}}</h1><p class="mono"><span class="tag">{{METHOD}}</span> {{PATH}}</p></div>
{{#DESCRIPTION}}<p class="prose">{{#SAYS}}{{TEXT}}{{#CODE}}<code>{{WORD}}</code>{{/CODE}}{{/SAYS}}</p>{{/DESCRIPTION}}
<section class="section" aria-labelledby="s-call"><h2 id="s-call">Call it</h2>
<div class="well well-wrap"><pre id="c-call" tabindex="0">{{EXAMPLE:p}}</pre><button type="button" class="copy" data-copy="c-call">Copy<span class="vh"> the command</span></button></div>
{{#NOBODY}}<p class="hint">It needs no credential.</p>{{/NOBODY}}
<ul class="plain credentials">{{#CREDENTIAL}}<li>Credential: {{NAME}}{{#SCOPED}}, scope <code>{{SCOPE}}</code>{{/SCOPED}}</li>
{{/CREDENTIAL}}</ul></section>
{{#PARAMETERS}}<section class="section" aria-labelledby="s-param"><h2 id="s-param">Parameters</h2>
<div class="scroll"><table class="lookup"><thead><tr><th scope="col">Name</th><th scope="col">In</th><th scope="col">Type</th><th scope="col">Meaning</th></tr></thead><tbody>
{{#PARAMETER}}<tr><td class="mono path">{{NAME}}{{#REQUIRED}} <span class="tag">required</span>{{/REQUIRED}}</td><td>{{WHERE}}</td><td>{{TYPE}}</td><td>{{#SAYS}}{{TEXT}}{{#CODE}}<code>{{WORD}}</code>{{/CODE}}{{/SAYS}}</td></tr>
{{/PARAMETER}}</tbody></table></div></section>{{/PARAMETERS}}
{{#BODY}}<section class="section" aria-labelledby="s-body"><h2 id="s-body">Body</h2><p class="second"><code>{{CONTENT}}</code></p>
<div class="scroll"><table class="lookup"><thead><tr><th scope="col">Field</th><th scope="col">Type</th><th scope="col">Meaning</th></tr></thead><tbody>
{{#FIELD}}<tr><td class="mono path">{{PATH}}{{#REQUIRED}} <span class="tag">required</span>{{/REQUIRED}}</td><td>{{TYPE}}</td><td>{{#SAYS}}{{TEXT}}{{#CODE}}<code>{{WORD}}</code>{{/CODE}}{{/SAYS}}</td></tr>
{{/FIELD}}</tbody></table></div></section>{{/BODY}}
<section class="section" aria-labelledby="s-answers"><h2 id="s-answers">Answers</h2>
<table class="lookup"><thead><tr><th scope="col">Status</th><th scope="col">Meaning</th></tr></thead><tbody>
{{#RESPONSE}}<tr><td class="mono path">{{STATUS}}</td><td>{{#SAYS}}{{TEXT}}{{#CODE}}<code>{{WORD}}</code>{{/CODE}}{{/SAYS}}</td></tr>
{{/RESPONSE}}</tbody></table></section>
{{#REPLY}}<section class="section"><h2>Body of the {{STATUS}}</h2><p class="second"><code>{{CONTENT}}</code></p>
<div class="scroll"><table class="lookup"><thead><tr><th scope="col">Field</th><th scope="col">Type</th><th scope="col">Meaning</th></tr></thead><tbody>
{{#FIELD}}<tr><td class="mono path">{{PATH}}{{#REQUIRED}} <span class="tag">always</span>{{/REQUIRED}}</td><td>{{TYPE}}</td><td>{{#SAYS}}{{TEXT}}{{#CODE}}<code>{{WORD}}</code>{{/CODE}}{{/SAYS}}</td></tr>
{{/FIELD}}</tbody></table></div></section>
{{/REPLY}}
