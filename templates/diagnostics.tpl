{{%AUTOESCAPE context="HTML"}}
<div class="page-head head-acts"><div><h1>Diagnostics</h1><p>What somebody who helps you needs to know of {{PROJECT}}, {{ENV}}. Nothing is sent anywhere: look at it, then hand the file on.</p></div><a class="button primary" href="{{FILE_URL}}" download>Download, {{SIZE}}</a></div>
<section class="section" aria-labelledby="s-in"><h2 id="s-in">What is in it</h2>
<ul class="plain-list"><li>Settings of the environment; keys by kind and state; what became of items in seven days; dead letters by code; the newest refusals by path and reason.</li>
{{#SERVER}}<li>Of the server, because you run it: versions, schema, configuration, queue, workers, last runs of jobs, alarms.</li>{{/SERVER}}
{{#NO_SERVER}}<li>Nothing of the server; who runs it has <code>tidemarkctl support bundle</code>.</li>{{/NO_SERVER}}
<li>Never: what your apps sent, keys, mail addresses, persons, names that senders chose. Of texts in the configuration only whether they are set.</li></ul></section>
<section class="section" aria-labelledby="s-json"><h2 id="s-json">The file</h2>
<div class="well well-tall"><pre tabindex="0" role="region" aria-label="Diagnostics as JSON">{{JSON:p}}</pre></div></section>
