{{%AUTOESCAPE context="HTML"}}
<div class="line"><div class="page-head"><h1>Privacy requests</h1><p>Erasures and exports of what <b>{{PROJECT}}</b>, environment <code>{{ENV}}</code>, knows of people. Whom a request is about is kept sealed, and forgotten when it is done.</p></div>
<div class="acts"><a class="button primary" href="{{NEW_URL}}">New request</a></div></div>
{{>NOTE}}
{{#NONE}}<div class="empty"><h2>No requests yet</h2><p>When somebody asks to be forgotten, or for a copy of their data, begin here or on their page under People.</p><div class="acts"><a class="button" href="{{NEW_URL}}">New request</a></div></div>{{/NONE}}
{{#LIST}}<table class="stack-narrow rows"><thead><tr><th scope="col">Request</th><th scope="col">What</th><th scope="col">State</th><th scope="col">Asked</th><th scope="col">Due</th></tr></thead><tbody>
{{#ROW}}<tr><td class="mono"><a href="{{URL}}">{{ID}}</a></td><td data-label="What">{{WHAT}}</td><td data-label="State"><span class="tag {{STATE}}">{{WORD}}</span></td><td data-label="Asked">{{ASKED}}</td><td data-label="Due">{{DUE}}{{#OVERDUE}} <span class="tag crash">overdue</span>{{/OVERDUE}}</td></tr>
{{/ROW}}</tbody></table>{{/LIST}}
{{#NEXT}}<nav class="pager" aria-label="Pages"><span class="acts"><a class="button" href="{{URL}}">Older</a></span></nav>{{/NEXT}}
