{{%AUTOESCAPE context="HTML"}}
<div class="outbox{{#PLAIN}} alone{{/PLAIN}}">
{{>BRAND}}
<div class="page-head"><h1>Outbox</h1><p>This server sends no mail yet. What it would have sent is here, newest first. <a href="/system/outbox">Look again</a></p></div>
{{#MAILS}}<table class="stack-narrow"><thead><tr><th scope="col">Subject</th><th scope="col">To</th><th scope="col">Written</th></tr></thead><tbody>
{{#MAIL}}<tr><td><a href="{{URL}}">{{SUBJECT}}</a></td><td data-label="To">{{TO}}</td><td class="quiet" data-label="Written">{{DATE}}</td></tr>
{{/MAIL}}</tbody></table>{{/MAILS}}
{{#NONE}}<div class="empty"><h2>No mail yet</h2><p>A mail appears here within a second of being written. This page looks again by itself.</p></div>{{/NONE}}
</div>
