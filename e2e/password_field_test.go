package e2e

import (
	"fmt"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/seed-e6a88a41/latchkey/latchkeytest"
)

const (
	showPassword = `button[data-show="#password"]`
	capsLockHint = `[data-caps-lock="#password"]`
)

// fieldState is a script that returns the type of the password field, whether the button that
// shows the password is pressed, and whether the field has the focus.
const fieldState = `((field, button) => field.type + " " + button.ariaPressed + " " + (document.activeElement === field))(document.querySelector("#password"), document.querySelector('button[data-show="#password"]'))`

// TestPasswordIsShownAndHidden by the button, which returns the focus to the field. A form is
// sent with a hidden password, so that the browser does not keep it among other texts.
func TestPasswordIsShownAndHidden(t *testing.T) {
	t.Parallel()
	p := latchkeytest.New(t)
	b := newBrowser(t, true)
	b.open(p.Issuer + "/login/")
	b.typed("#username", "ada")
	b.typed("#password", "not the password")
	for _, want := range []string{"text true true", "password false true", "text true true"} {
		b.click(showPassword)
		if got := evaluate[string](b, fieldState); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	b.do(chromedp.Evaluate[chromedp.Void](`document.addEventListener("submit", () => sessionStorage.setItem("sent", document.querySelector("#password").type))`))
	b.clickThrough("form button.primary")
	if got := evaluate[string](b, `sessionStorage.getItem("sent")`); got != "password" {
		t.Errorf("the form was sent with a field of type %q", got)
	}
	if got := evaluate[string](b, fieldState); got[:len("password false")] != "password false" {
		t.Errorf("the next page begins with %q", got)
	}
}

// TestCapsLockIsReported while a person types the password, and not for keys of a password
// manager, which are events without modifiers. DevTools has no key for Caps Lock, so a script
// sends the events.
func TestCapsLockIsReported(t *testing.T) {
	t.Parallel()
	p := latchkeytest.New(t)
	b := newBrowser(t, true)
	b.open(p.Issuer + "/login/")
	b.typed("#password", "a")
	for _, step := range []struct {
		event string
		shown bool
	}{
		{`new KeyboardEvent("keydown", { key: "A", modifierCapsLock: true })`, true},
		{`new KeyboardEvent("keyup", { key: "a" })`, false},
		{`new KeyboardEvent("keyup", { key: "CapsLock", modifierCapsLock: true })`, true},
		{`new Event("keydown")`, false},
		{`new KeyboardEvent("keydown", { key: "A", modifierCapsLock: true })`, true},
		{`new FocusEvent("blur")`, false},
	} {
		b.do(chromedp.Evaluate[chromedp.Void](fmt.Sprintf(`document.querySelector("#password").dispatchEvent(%s)`, step.event)))
		if shown := evaluate[bool](b, fmt.Sprintf(`(%s)(document.querySelector(%q))`, isVisible, capsLockHint)); shown != step.shown {
			t.Errorf("after %s: the hint is shown: %t", step.event, shown)
		}
		if step.shown {
			b.says("Caps Lock is on.")
		}
	}
}

// TestLoginPageWithoutScriptsHasNoButtonForThePassword: the button and the hint need a script.
func TestLoginPageWithoutScriptsHasNoButtonForThePassword(t *testing.T) {
	t.Parallel()
	p := latchkeytest.New(t)
	b := newBrowser(t, false)
	b.open(p.Issuer + "/login/")
	b.see("#password")
	for _, selector := range []string{showPassword, capsLockHint} {
		if evaluate[bool](b, fmt.Sprintf(`(%s)(document.querySelector(%q))`, isVisible, selector)) {
			t.Errorf("%s is visible", selector)
		}
	}
}
