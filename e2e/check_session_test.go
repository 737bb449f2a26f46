package e2e

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"
)

// askScript is part of every page of the test. A page asks the check-session
// frame of another window, or asks another page to do so, and counts the answers
// that it gets itself.
const askScript = `<script>
const answers = []
const asked = {}
const targets = {
  child: () => frames[0],
  sibling: () => parent.frames[0],
  grandchild: () => frames[0].frames[0],
  opener: () => opener.frames[0],
  opened: () => popup.frames[0],
  itself: () => popup,
}
let popup
addEventListener('message', ({ data, source }) => {
  if (data.ask) {
    ask(data.ask, data.text)
    source.postMessage({ asked: data.ask }, '*')
  } else if (data.count) {
    source.postMessage({ counted: answers }, '*')
  } else if (data.asked || data.counted) {
    asked.resolve(data.counted)
  } else {
    answers.push(data)
    answers.resolve?.(data)
  }
})
function ask(who, text) { targets[who]().postMessage(text, '*') }
// answer asks and returns the answer.
function answer(who, text) { return new Promise((resolve) => { answers.resolve = resolve; ask(who, text) }) }
// command makes another page perform an action, and returns when it is done.
function command(page, data) { return new Promise((resolve) => { asked.resolve = resolve; page.postMessage(data, '*') }) }
</script>`

// evaluate returns the value of an expression on the page, or of its promise.
func evaluate[T any](b *browser, expression string) T {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	value, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		b.t.Fatalf("%s: %v", expression, err)
	}
	return value
}

// TestSessionCheckFrameAnswersOnlyItsParent: OpenID Connect Session Management
// §3.2. The frame of an application is reached by other frames of its page, by a
// page that contains it, by windows that it opened and by the one that opened it.
func TestSessionCheckFrameAnswersOnlyItsParent(t *testing.T) {
	t.Parallel()
	p, s := startProvider(t), startSite(t)
	origin := "https://localhost:" + s.port // the frame receives cookies also where those of other sites are blocked
	check := p.issuer + "/check_session/"
	s.page("/cb", "The callback.")
	s.page("/app", fmt.Sprintf(`%s<iframe src="%s"></iframe><iframe src="%s"></iframe>
		<a id="evil" href="%s" target="_blank" rel="opener">another page</a>`, askScript, check, s.at("evil", "/other"), s.at("evil", "/other")))
	s.page("/other", askScript+"Another page.")
	s.page("/outer", fmt.Sprintf(`%s<iframe src="%s/app"></iframe>`, askScript, origin))
	s.page("/opener", fmt.Sprintf(`%s<button id="app" onclick="popup = window.open('%s/app')">open the application</button>
		<button id="frame" onclick="popup = window.open('%s')">open the frame</button>`, askScript, origin, check))
	client := p.app(origin + "/cb")
	b := newBrowser(t, true)
	b.open(p.authorize(client, "redirect_uri", origin+"/cb"))
	b.logIn(personName, personPassword)
	b.click("#allow")
	b.clickThrough("button[value=authorize]")
	b.says("The callback.")
	question := client + " " + s.waitFor(origin+"/cb").form.Get("session_state")

	t.Log("its parent gets an answer")
	b.open(origin + "/app")
	for text, want := range map[string]string{question: "unchanged", strings.Replace(question, " ", " x", 1): "changed", "nonsense": "error"} {
		if got := evaluate[string](b, fmt.Sprintf(`answer('child', %q)`, text)); got != want {
			t.Errorf("the answer to %q is %q, want %q", text, got, want)
		}
	}

	t.Log("another frame of the page gets none")
	evaluate[[]string](b, fmt.Sprintf(`command(frames[1], { ask: 'sibling', text: %q })`, question))
	b.noAnswer(question, `answer('child', %q)`, `command(frames[1], { count: true })`)

	t.Log("a window that the page opened gets none")
	opened := chromedp.WaitNewTarget(b.ctx, b.isWindow)
	b.click("#evil")
	evil := b.window(<-opened)
	evil.says("Another page.")
	evaluate[chromedp.Void](evil, fmt.Sprintf(`ask('opener', %q)`, question))
	b.noAnswer(question, `answer('child', %q)`, "")
	evil.noAnswer(question, "", `answers`)

	t.Log("a page that contains the page gets none")
	b.open(s.at("evil", "/outer"))
	evaluate[chromedp.Void](b, fmt.Sprintf(`ask('grandchild', %q)`, question))
	b.noAnswer(question, `command(frames[0], { ask: 'child', text: %q })`, `answers`)

	t.Log("the window that opened the page gets none")
	b.open(s.at("evil", "/opener"))
	opened = chromedp.WaitNewTarget(b.ctx, b.isWindow)
	b.click("#app")
	app := b.window(<-opened)
	app.see("#evil")
	evaluate[chromedp.Void](b, fmt.Sprintf(`ask('opened', %q)`, question))
	app.noAnswer(question, `answer('child', %q)`, "")
	b.noAnswer(question, "", `answers`)

	t.Log("a frame that is a window of its own answers nobody")
	opened = chromedp.WaitNewTarget(b.ctx, b.isWindow)
	b.click("#frame")
	frame := b.window(<-opened)
	frame.do(chromedp.WaitReady(chromedp.CSS("body[data-cookie] script")))
	evaluate[chromedp.Void](b, fmt.Sprintf(`ask('itself', %q)`, question))
	evaluate[chromedp.Void](b, `ask('itself', 'nonsense')`)
	evaluate[chromedp.Void](frame, `opener.postMessage({ counted: [] }, '*')`)
	b.noAnswer(question, "", `answers`)

	t.Log("after the logout the answer is another")
	b.open(p.issuer + "/logout/")
	b.clickThrough("main button.primary")
	b.says("You are logged out")
	b.open(origin + "/app")
	if got := evaluate[string](b, fmt.Sprintf(`answer('child', %q)`, question)); got != "changed" {
		t.Errorf("after the logout the answer is %q", got)
	}
}

// noAnswer lets the parent of the frame ask three times, so that an answer to an
// earlier question would have arrived, and checks that the other page got none.
func (b *browser) noAnswer(question, parentAsks, answers string) {
	b.t.Helper()
	for range 3 {
		if parentAsks != "" {
			evaluate[any](b, fmt.Sprintf(parentAsks, question))
		}
	}
	if answers == "" {
		return
	}
	if got := evaluate[[]string](b, answers); len(got) > 0 {
		b.t.Errorf("the frame answered a page that is not its parent: %q", got)
	}
}

func (b *browser) isWindow(found *target.Info) bool {
	return found.Type == "page" && found.BrowserContextID == b.id
}

// window returns a window that a page opened.
func (b *browser) window(id target.ID) *browser {
	b.t.Helper()
	ctx, cancel := chromedp.NewContext(b.ctx, chromedp.WithTargetID(id))
	b.t.Cleanup(cancel)
	if err := chromedp.Do(ctx); err != nil {
		b.t.Fatal(err)
	}
	next := *b
	next.ctx = ctx
	return &next
}
