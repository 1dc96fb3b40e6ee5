{{%AUTOESCAPE context="HTML"}}
<div class="page-head"><h1>Health</h1><p>{{SAYS}} <a href="/docs/runbook">What to do at each alarm</a></p></div>
{{>NOTE}}
<table class="stack-narrow beside health"><thead><tr><th scope="col">Part</th><th scope="col">State</th><th scope="col">Seen now</th></tr></thead><tbody>
{{#CHECK}}<tr><td><b>{{NAME}}</b></td><td data-label="State"><span class="tag {{CLASS}}">{{WORD}}</span></td><td>{{SEEN}}{{#NEXT}}. <span class="quiet">{{TEXT}}</span>{{/NEXT}}{{#MORE}} <a href="{{URL}}">Open</a>{{/MORE}}</td></tr>
{{/CHECK}}</tbody></table>
{{>WIDGET}}
{{#MISSING}}<p class="note bad" role="alert">A part of this page could not be made: {{TEXT}}</p>{{/MISSING}}
