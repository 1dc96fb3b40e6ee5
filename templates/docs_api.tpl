{{%AUTOESCAPE context="HTML"}}
<div class="page-head"><h1>API reference</h1><p>Made from the description that programs read, <a href="/api/openapi.json"><code>/api/openapi.json</code></a> (OpenAPI 3.1). Errors have one shape everywhere: <a href="/docs/errors">Errors</a>.</p></div>
{{#GROUP}}<section class="section"><h2>{{NAME}}</h2>
<div class="scroll"><table class="lookup operations"><thead><tr><th scope="col">Method</th><th scope="col">Address</th><th scope="col">What it does</th></tr></thead><tbody>
{{#OPERATION}}<tr><td><span class="tag">{{METHOD}}</span></td><td class="mono"><a href="/docs/api/{{ID}}">{{PATH}}</a></td><td>{{SUMMARY}}</td></tr>
{{/OPERATION}}</tbody></table></div></section>
{{/GROUP}}
