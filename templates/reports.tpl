{{%AUTOESCAPE context="HTML"}}
<div class="page-head"><h1>Saved views</h1><p>A page with its range and filters, under a name. Save one by “Save view” beside the filters.</p></div>
{{>NOTE}}
{{#NONE}}<div class="empty"><h2>No saved views yet</h2><p>Set a range and filters on a page such as <a href="{{URL}}">Events</a>, then choose “Save view” beside the filters. Others of the team see it when you share it.</p></div>{{/NONE}}
{{#LIST}}<table class="stack-narrow"><thead><tr><th scope="col">View</th><th scope="col">Page</th><th scope="col">Seen by</th><th scope="col">Made by</th><th scope="col">Made</th><th scope="col"><span class="vh">Acts</span></th></tr></thead><tbody>
{{#ROW}}<tr><td><a href="{{URL}}">{{NAME}}</a></td><td data-label="Page">{{PAGE}}</td><td data-label="Seen by">{{WHO}}</td><td data-label="Made by">{{BY}}</td><td data-label="Made">{{WHEN}}</td><td class="row-acts">{{#EDIT}}<a href="{{URL}}">Change<span class="vh"> {{NAME}}</span></a>{{/EDIT}}</td></tr>
{{/ROW}}</tbody></table>{{/LIST}}
