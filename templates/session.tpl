{{%AUTOESCAPE context="HTML"}}
<div class="page-head"><p class="up"><a href="{{LIST_URL}}">Sessions</a></p><h1 class="mono-title">{{ID}}</h1><p>{{SAYS}}.{{#INFERRED}} The app sent no session id: the session was made from its pauses.{{/INFERRED}}{{#OVER_CAP}} Longer than the cap: the duration is the cap.{{/OVER_CAP}}</p>
<div class="acts">{{#BEFORE}}<a href="{{URL}}" rel="prev">Session before</a>{{/BEFORE}}{{#AFTER}}<a href="{{URL}}" rel="next">Session after</a>{{/AFTER}}{{#PERSON}}<a href="{{URL}}">All about this person</a>{{/PERSON}}</div></div>
<div class="columns wide-left">
<section aria-labelledby="s-line"><h2 id="s-line">Timeline</h2>
{{#EMPTY}}<p class="second">Nothing of this session is kept any more; its numbers are.</p>{{/EMPTY}}
{{#TIMELINE}}<ol class="timeline">
{{#SLOT}}{{#GAP}}<li class="gap">{{TEXT}}</li>{{/GAP}}{{#ITEM}}<li class="t-{{KIND}}{{#FATAL}} t-fatal{{/FATAL}}"><time datetime="{{ISO}}" title="{{TIME}}">{{SINCE}}</time><span class="t-kind">{{KIND}}</span>{{#PLAIN}}<div class="t-what">{{/PLAIN}}{{#MORE}}<details class="t-what"><summary>{{/MORE}}<b class="mono">{{NAME}}</b>{{#SORT}} <span class="tag">{{TEXT}}</span>{{/SORT}}{{#TOOK}} <span class="second">{{TEXT}}</span>{{/TOOK}}{{#BACKGROUND}} <span class="tag">background</span>{{/BACKGROUND}}{{#FATAL}} <span class="tag crash">fatal</span>{{/FATAL}}{{#MORE}} <code class="t-preview">{{PREVIEW}}</code></summary><pre class="t-json">{{JSON:p}}</pre></details>{{/MORE}}{{#PLAIN}}</div>{{/PLAIN}}{{#GROUP}}<a href="{{URL}}">All crashes like this</a>{{/GROUP}}</li>
{{/ITEM}}{{/SLOT}}</ol>{{#CUT}}<p class="note">The first 500 items are shown. The rest is in the event explorer, filtered by this session.</p>{{/CUT}}{{/TIMELINE}}</section>
<section aria-labelledby="s-facts"><h2 id="s-facts">Facts</h2><dl class="pairs">{{#PAIR}}<dt>{{NAME}}</dt><dd class="{{CLASS}}">{{VALUE}}</dd>{{/PAIR}}</dl><p class="small">Times are in {{ZONE}}.</p></section>
</div>
