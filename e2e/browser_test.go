package e2e

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"
)

// update takes the screenshots of the tutorial again.
var update = flag.Bool("update", false, "write the screenshots of the tutorial")

var (
	binary      string          // the path of latchkey, which is built once
	oneChromium *sharedChromium // the Chromium in which all tests open windows
)

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(func() int {
		folder, err := os.MkdirTemp("", "latchkey-e2e-")
		if err != nil {
			panic(err)
		}
		defer func() { _ = os.RemoveAll(folder) }()
		binary = filepath.Join(folder, "latchkey")
		build := exec.Command("go", "build", "-trimpath", "-ldflags=-s", "-o", binary, "./cmd/latchkey")
		build.Dir, build.Env = "..", append(os.Environ(), "CGO_ENABLED=0")
		startWorldServer()
		defer worldServer.Close()
		oneChromium = &sharedChromium{data: filepath.Join(folder, "chromium")}
		defer oneChromium.close()
		if out, err := build.CombinedOutput(); err != nil {
			fmt.Fprintf(os.Stderr, "%s", out)
			return 1
		}
		return m.Run()
	}())
}

// demo is a running "latchkey demo".
type demo struct {
	provider, consumer, password, data string
}

// startDemo starts the demo on free ports, with further flags, and reads the addresses that it
// prints.
func startDemo(t *testing.T, flags ...string) demo {
	t.Helper()
	d := demo{data: t.TempDir()}
	cmd := exec.Command(binary, append([]string{"demo", "--addr", "localhost:0", "--consumer-addr", "localhost:0", "--data", d.data}, flags...)...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	log, err := os.Create(filepath.Join(t.TempDir(), "log"))
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		if err := cmd.Wait(); err != nil {
			t.Errorf("the demo exited with %v", err)
		}
		if t.Failed() {
			text, _ := os.ReadFile(log.Name())
			t.Logf("log of the demo:\n%s", text)
		}
	})
	words := map[string]*string{"Back office": &d.provider, "Consumer": &d.consumer, "Password": &d.password}
	for lines := bufio.NewScanner(out); lines.Scan(); {
		line := strings.TrimSpace(lines.Text())
		for word, value := range words {
			if rest, found := strings.CutPrefix(line, word+" "); found && *value == "" {
				*value = strings.Fields(rest)[0]
			}
		}
		if strings.HasPrefix(line, "5. ") {
			break
		}
	}
	go func() { _, _ = io.Copy(io.Discard, out) }()
	d.provider = strings.TrimSuffix(d.provider, "/admin/")
	if d.provider == "" || d.consumer == "" || d.password == "" {
		t.Fatalf("the demo did not print all addresses: %+v", d)
	}
	return d
}

// patience is how long a step may take. It is not a measure of speed: a step
// that takes longer is assumed never to end.
const patience = 3 * time.Minute

// sharedChromium is a Chromium that starts with the first test that needs it. Each
// browser of a test is a browser context of it, with its own cookies, storage and
// cache.
type sharedChromium struct {
	data string

	mu   sync.Mutex
	ctx  context.Context
	stop func()
}

// context returns the context of the running Chromium.
func (c *sharedChromium) context(path string) (context.Context, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ctx != nil {
		return c.ctx, nil
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.UserDataDir(c.data),
		// Site isolation starts a process for each site in each window. Pages behave the same without it.
		chromedp.Flag("disable-site-isolation-trials", true),
		chromedp.Flag("disable-gpu", true),
		// Clicks are not lost that arrive before the first picture of a page.
		chromedp.Flag("allow-pre-commit-input", true),
		chromedp.Flag("host-resolver-rules", "MAP "+worldHosts+":443 "+worldServer.Listener.Addr().String()+", MAP *.example 127.0.0.1"), chromedp.Flag("ignore-certificate-errors", true), chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true),
		// A page that is shown again from the back/forward cache cannot be driven. With
		// RenderDocument, each page gets a new frame. That takes a fifth of the time of opening
		// a page, and makes no difference to the page.
		chromedp.Flag("disable-features", "Translate,BlinkGenPropertyTrees,BackForwardCache,RenderDocument"))
	allocator, stop := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, cancel := chromedp.NewContext(allocator)
	c.stop = func() { cancel(); stop() }
	// The browser exits when the context that starts it is canceled.
	if err := chromedp.Do(ctx); err != nil {
		return nil, err
	}
	c.ctx = ctx
	return ctx, nil
}

// close stops Chromium if it was started.
func (c *sharedChromium) close() {
	if c.stop != nil {
		c.stop()
	}
}

// browser is a window with its own cookies, like that of a new Chromium.
type browser struct {
	t    *testing.T
	ctx  context.Context
	id   cdp.BrowserContextID
	axe  string
	step int
	// scripts allows pages to run JavaScript.
	scripts bool
	// device is the authenticator that was added last.
	device webauthn.AuthenticatorID
	// notices are errors that Chromium reports, or nil if they are not of interest.
	notices *notices
}

func newBrowser(t *testing.T, scripts bool) *browser {
	t.Helper()
	shared, err := oneChromium.context(chromium(t))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := chromedp.NewContext(shared, chromedp.WithNewBrowserContext())
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx); err != nil { // the window closes when the context that opens it is canceled
		t.Fatal(err)
	}
	b := &browser{t: t, ctx: ctx, id: chromedp.FromContext(ctx).BrowserContextID, axe: axe(t), scripts: scripts}
	b.prepare()
	return b
}

// tab opens another tab of the browser.
func (b *browser) tab() *browser {
	b.t.Helper()
	ctx, cancel := chromedp.NewContext(b.ctx)
	b.t.Cleanup(cancel)
	if err := chromedp.Do(ctx); err != nil { // the tab closes when the context that opens it is canceled
		b.t.Fatal(err)
	}
	next := *b
	next.ctx = ctx
	next.prepare()
	return &next
}

// prepare sets the size of a window, and disables its scripts.
func (b *browser) prepare() {
	b.t.Helper()
	b.do(chromedp.EmulateViewport(1280, 900))
	if !b.scripts {
		b.do(func(ctx context.Context, target *chromedp.Target) (chromedp.Void, error) {
			_, err := cdp.Call(ctx, target, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
			return chromedp.Void{}, err
		})
	}
}

// do runs steps. If an element disappears because the next page arrives at that
// moment, the step is repeated on the next page, as a person would do.
func (b *browser) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	err := chromedp.Do(ctx, steps...)
	for err != nil && ctx.Err() == nil && strings.Contains(err.Error(), "Could not find node with given id") {
		err = chromedp.Do(ctx, steps...)
	}
	if err != nil {
		b.t.Fatalf("%v\nthe page is %s:\n%s", err, b.address(), b.text())
	}
}

func (b *browser) open(url string) { b.t.Helper(); b.do(chromedp.Navigate(url)) }

// click clicks an element as soon as it is visible and enabled.
func (b *browser) click(selector string) {
	b.t.Helper()
	b.do(b.clicks(selector))
}

// clicks returns the step that clicks an element, after it is visible and enabled. A
// page with scripts can move the element at any time, so there the element is clicked
// where it is. Without scripts, the mouse clicks.
func (b *browser) clicks(selector string) chromedp.Action[chromedp.Void] {
	b.t.Helper()
	x, y := b.place(selector)
	if !b.scripts {
		return chromedp.MouseClickXY(x, y)
	}
	gesture := true
	return chromedp.Evaluate[chromedp.Void](fmt.Sprintf(`((element) => { element.focus(); element.click(); })(document.querySelector(%q))`, selector),
		func(p *runtime.EvaluateParams) { p.UserGesture = &gesture })
}

func (b *browser) see(selector string) {
	b.t.Helper()
	wait[bool](b, selector, fmt.Sprintf(`(%s)(document.querySelector(%q))`, isVisible, selector))
}

// place scrolls to an element as soon as it is visible and enabled, and returns its
// center, which nothing covers. Some buttons are disabled until their script is loaded.
func (b *browser) place(selector string) (x, y float64) {
	b.t.Helper()
	center := wait[[]float64](b, selector, fmt.Sprintf(`((element) => {
		if (!(%s)(element)) return null;
		element.scrollIntoView({ block: "center", behavior: "instant" });
		const place = element.getClientRects()[0];
		const center = [place.x + place.width / 2, place.y + place.height / 2];
		return element.contains(document.elementFromPoint(...center)) ? center : null;
	})(document.querySelector(%q))`, isVisible, selector+":not(:disabled)"))
	return center[0], center[1]
}

// typed replaces the text of a field. If the page moves the focus before the text arrives, for
// example to its first field, the text is typed again, as a person would do.
func (b *browser) typed(selector, s string) {
	b.t.Helper()
	insert := func(ctx context.Context, target *chromedp.Target) (chromedp.Void, error) {
		_, err := cdp.Call(ctx, target, input.InsertText, input.InsertTextParams{Text: s})
		return chromedp.Void{}, err
	}
	for end := time.Now().Add(patience); ; {
		wait[bool](b, selector, fmt.Sprintf(`((element) => {
			if (!(%s)(element)) return false;
			element.value = "";
			element.focus();
			return true;
		})(document.querySelector(%q))`, isVisible, selector))
		b.do(insert)
		empty, err := chromedp.Run(b.ctx, chromedp.Evaluate[bool](fmt.Sprintf(`document.querySelector(%q)?.value === ""`, selector)))
		if !empty || err != nil || s == "" { // the next page may have arrived
			return
		}
		if time.Now().After(end) {
			b.t.Fatalf("%s: the text is not in the field", selector)
		}
	}
}

// clickThrough clicks and waits for the next page.
func (b *browser) clickThrough(selector string) {
	b.t.Helper()
	click := b.clicks(selector)
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	if _, err := chromedp.RunResponse(ctx, click); err != nil {
		b.t.Fatalf("%s: %v\nthe page is %s:\n%s", selector, err, b.address(), b.text())
	}
}

func (b *browser) value(selector string) string {
	b.t.Helper()
	return wait[string](b, selector, fmt.Sprintf(`document.querySelector(%q)?.value`, selector))
}

func (b *browser) address() string {
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	address, _ := chromedp.Run(ctx, chromedp.Location())
	return address
}

// text returns the text of the page. It is empty while the page has no body.
func (b *browser) text() string {
	text, _ := await[string](b, `document.body?.innerText`)
	return text
}

// says waits until the page contains a text.
func (b *browser) says(want string) {
	b.t.Helper()
	if _, err := await[bool](b, fmt.Sprintf(`document.body?.innerText.includes(%q)`, want)); err != nil {
		b.t.Fatalf("the page %s does not contain %q: %v\n%s", b.address(), want, err, b.text())
	}
}

// hides waits until a script of the page has removed a text from its address.
func (b *browser) hides(text string) {
	b.t.Helper()
	for deadline := time.Now().Add(patience); strings.Contains(b.address(), text); <-time.After(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			b.t.Fatalf("%q stays in the address %s", text, b.address())
		}
	}
}

// accessible checks that the page conforms to WCAG 2.2 AA, in light and dark, at
// the widths of a phone and of a desktop.
func (b *browser) accessible(name string) {
	b.t.Helper()
	b.accessibleIn(name, "document", []string{"dark", "light"}, []int64{360, 1280})
}

// accessibleIn is accessible for a part of the page, in some color schemes, of which the last is
// light, and at some widths. A dark page differs only in its colors (see
// TestDarkPagesDifferOnlyInColors), so only the rules about colors check it again. Except with
// "make soak", they check it only if it has colors that they have not checked before.
func (b *browser) accessibleIn(name, part string, schemes []string, widths []int64) {
	b.t.Helper()
	for _, scheme := range schemes {
		b.scheme(scheme)
		colors := evaluate[[]string](b, colorsOfTexts)
		if known := checked.has(scheme, colors) && !soak; !known || scheme == "light" {
			for _, width := range widths {
				b.followsRules(name, part, scheme, known, width)
			}
		}
		checked.add(scheme, colors)
	}
}

// followsRules checks a part of the page with axe-core at a width. If the colors are known, it
// omits the rules about them.
func (b *browser) followsRules(name, part, scheme string, colorsKnown bool, width int64) {
	b.t.Helper()
	rules := `runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"], resultTypes: ["violations"]`
	switch {
	case scheme == "dark":
		rules = `runOnly: { type: "rule", values: ["color-contrast", "link-in-text-block"] }, resultTypes: ["violations"]`
	case colorsKnown:
		rules += `, rules: { "color-contrast": { enabled: false } }`
	}
	if !evaluate[bool](b, `"axe" in window`) {
		b.do(chromedp.Evaluate[chromedp.Void](b.axe))
	}
	b.do(chromedp.EmulateViewport(width, 900))
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	faults, err := chromedp.Run(ctx, chromedp.Evaluate[string](`
		axe.run(`+part+`, { `+rules+` }).then((found) =>
			found.violations.map((v) => v.id + ": " + v.help + "\n  " + v.nodes.map((n) => n.html + " " + n.failureSummary).join("\n  ")).join("\n"))`,
		chromedp.EvalAwaitPromise))
	if err != nil {
		b.t.Fatal(err)
	}
	if faults != "" {
		b.t.Errorf("%s, %s, %d px wide:\n%s", name, scheme, width, faults)
	}
	wide, err := chromedp.Run(b.ctx, chromedp.Evaluate[int64](`document.documentElement.scrollWidth`))
	if err != nil || wide > width {
		b.t.Errorf("%s is %d px wide on a screen of %d: %v", name, wide, width, err)
	}
}

// picture takes the screenshot of a step for the tutorial.
func (b *browser) picture(name string) {
	b.t.Helper()
	b.step++
	if !*update {
		return
	}
	b.do(chromedp.EmulateViewport(1024, 720), func(ctx context.Context, target *chromedp.Target) (chromedp.Void, error) {
		_, err := cdp.Call(ctx, target, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: "light"}},
		})
		return chromedp.Void{}, err
	})
	const longest = 1000
	tall := evaluate[int64](b, `(scrollTo(0, 0), document.documentElement.scrollHeight)`)
	b.do(chromedp.EmulateViewport(1024, min(longest, tall)))
	png, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
	if err != nil {
		b.t.Fatal(err)
	}
	b.do(chromedp.EmulateViewport(1280, 900))
	path := filepath.Join("..", "docs", "tutorial", "img", fmt.Sprintf("%02d-%s.png", b.step, name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(path, png, 0o644); err != nil {
		b.t.Fatal(err)
	}
}

// axe returns the script of the accessibility checker.
func axe(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("node_modules", "axe-core", "axe.min.js"))
	if err != nil {
		missing(t, "the npm package axe-core")
	}
	return string(text)
}

var errorID = regexp.MustCompile(`^[a-z2-7]{10}$`)
