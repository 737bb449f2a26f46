package admin

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"

	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// An asker shows a question about a form. It reports false if there is nothing to
// ask, because the form does nothing that cannot be undone.
type asker func(*request) (asked bool, err error)

// asking returns a handler that processes a form only after the question was
// answered.
func asking(ask asker, act handler) handler {
	return func(r *request) error {
		if r.PostForm.Get("confirmed") != "yes" {
			if asked, err := ask(r); asked || err != nil {
				return err
			}
		}
		return act(r)
	}
}

// A question is a ui.Question in English.
type question struct{ Heading, Text, Button, Cancel string }

// ask shows a question in a section. The form is sent again with the answer.
func (r *request) ask(section string, q question) (bool, error) {
	r.render(http.StatusOK, "confirm", q.Heading, section, ui.Question{
		Heading: ui.Plain(q.Heading), Text: ui.Plain(q.Text), Button: ui.Plain(q.Button), Cancel: cmp.Or(q.Cancel, r.listURL("")), Fields: r.PostForm,
	})
	return true, nil
}

// selected returns the number of selected rows and their noun, such as "2 selected
// tokens".
func selected(n int, noun string) string { return count(oauth.Count{N: n}, "selected "+noun) }

func (b *office) askTokens(r *request) (bool, error) {
	n := len(r.PostForm["family"]) + len(r.PostForm["token"])
	if n == 0 {
		return false, nil
	}
	return r.ask("tokens", question{
		Heading: "Revoke " + selected(n, "token") + "?", Button: "Revoke",
		Text: "The access tokens and their refresh tokens become invalid at once. The applications need new ones, and users may have to log in again.",
	})
}

func (b *office) askConsents(r *request) (bool, error) {
	n := len(r.PostForm["consent"])
	if n == 0 {
		return false, nil
	}
	return r.ask("consents", question{
		Heading: "Withdraw " + selected(n, "consent") + "?", Button: "Withdraw",
		Text: "All tokens that were issued for these users to these applications become invalid at once. The applications have to ask the users again.",
	})
}

func (b *office) askSessions(r *request) (bool, error) {
	n := len(r.PostForm["session"])
	if n == 0 {
		return false, nil
	}
	return r.ask("sessions", question{
		Heading: "End " + selected(n, "session") + "?", Button: "End sessions",
		Text: "The users are logged out in these browsers, tokens that depend on the sessions are revoked, and the applications are notified. If your own session is one of them, you are logged out too.",
	})
}

// client returns the application of the path, and the URL of its page.
func (b *office) client(r *request) (c *oauth.Client, page string, err error) {
	c, err = b.Store.Client(r.Context(), r.PathValue("id"))
	return c, b.path("applications", r.PathValue("id")), err
}

func (b *office) askClientRevoke(r *request) (bool, error) {
	c, page, err := b.client(r)
	if err != nil {
		return false, err
	}
	return r.ask("applications", question{
		Heading: "Revoke all tokens of " + ui.Isolate(c.Name) + "?", Button: "Revoke all tokens", Cancel: page,
		Text: "All access tokens and refresh tokens of the application become invalid at once. Its users have to log in again. The consents remain, so users are not asked for permission again.",
	})
}

func (b *office) askClientSwitch(r *request) (bool, error) {
	disabled, revoke := r.switchTo()
	c, page, err := b.client(r)
	if !disabled || err != nil {
		return false, err
	}
	q := question{
		Heading: "Disable " + ui.Isolate(c.Name) + "?", Button: "Disable, keep tokens", Cancel: page,
		Text: "The application cannot get tokens, and its tokens are rejected. If you enable it again, its tokens become valid again, including tokens that were stolen.",
	}
	if revoke {
		q.Heading, q.Button = "Disable "+ui.Isolate(c.Name)+" and revoke everything?", "Disable and revoke everything"
		q.Text = "The application cannot get tokens, and all of its tokens become permanently invalid. After you enable it again, its users have to log in again."
	}
	return r.ask("applications", q)
}

// askSecret returns whether an administrator has confirmed that a secret stops being accepted at once.
func (b *office) askSecret(r *request) (bool, error) {
	c, page, err := b.client(r)
	if err != nil {
		return false, err
	}
	if id := r.PostForm.Get("end"); id != "" {
		return r.ask("applications", question{
			Heading: "Revoke " + secretName(c, id) + " of " + ui.Isolate(c.Name) + "?", Button: "Revoke secret", Cancel: page,
			Text: "Programs that use this secret can no longer authenticate as the application. Tokens that they already have remain valid.",
		})
	}
	if r.PostForm.Get("overlap") != "0" {
		return false, nil
	}
	return r.ask("applications", question{
		Heading: "Rotate the secret of " + ui.Isolate(c.Name) + " without a transition period?", Button: "Rotate secret", Cancel: page,
		Text: "All current secrets stop working at once. The application cannot authenticate until it has the new one, which is shown on the next page.",
	})
}

// secretName returns words for a secret: its end, if that is known.
func secretName(c *oauth.Client, id string) string {
	i := slices.IndexFunc(c.Secrets, func(s oauth.ClientSecret) bool { return s.ID == id })
	if i < 0 || c.Secrets[i].End == "" {
		return "this secret"
	}
	return "the secret …" + c.Secrets[i].End
}

// askKeyRotate returns whether an administrator has to confirm that a key is replaced.
func (b *office) askKeyRotate(r *request) (bool, error) {
	keys, err := b.Keys.SigningKeys(r.Context())
	alg := r.PostForm.Get("alg")
	if err != nil || !slices.ContainsFunc(keys, func(k oauth.SigningKey) bool { return k.Alg == alg }) {
		return false, err
	}
	return r.ask("keys", question{
		Heading: "Rotate the " + alg + " key?", Button: "Rotate key",
		Text: "A new key is published now. It replaces the current key after one hour, so that all applications can fetch it first. The current key remains published until the last token that it signed has expired.",
	})
}

// userOf returns the user of the path, and the URL of their page.
func (b *office) userOf(r *request) (name, page string, err error) {
	u, err := b.Store.User(r.Context(), r.PathValue("id"))
	if err != nil {
		return "", "", err
	}
	return ui.Isolate(u.Username), b.path("users", u.ID), nil
}

func (b *office) askUserSwitch(r *request) (bool, error) {
	disabled, revoke := r.switchTo()
	name, page, err := b.userOf(r)
	if !disabled || err != nil || r.PathValue("id") == r.me.ID {
		return false, err
	}
	q := question{
		Heading: "Disable " + name + "?", Button: "Disable, keep tokens", Cancel: page,
		Text: "The user cannot log in, all sessions end, and all tokens of the user are rejected. If you enable the user again, the tokens become valid again, including tokens that were stolen.",
	}
	if revoke {
		q.Heading, q.Button = "Disable "+name+" and revoke everything?", "Disable and revoke everything"
		q.Text = "The user cannot log in, all sessions end, and all of the user's tokens become permanently invalid."
	}
	return r.ask("users", q)
}

func (b *office) askUserLogout(r *request) (bool, error) {
	name, page, err := b.userOf(r)
	if err != nil {
		return false, err
	}
	return r.ask("users", question{
		Heading: fmt.Sprintf("Log out %s everywhere?", name), Button: "Log out everywhere", Cancel: page,
		Text: "All sessions of the user end, tokens that depend on them are revoked, and the applications are notified.",
	})
}

// askPassword shows the form of the user again, if the box that confirms the
// effects of a new password was not selected. A question would have to repeat the
// password.
func (b *office) askPassword(r *request) (bool, error) {
	_, f, err := r.userForm()
	if err != nil {
		return false, err
	}
	f.Errors = map[string][]string{"confirmed": {"Confirm that all sessions of the user will end."}}
	r.showUserForm(http.StatusUnprocessableEntity, f)
	return true, nil
}

// shown returns an asker for a page that shows the question itself.
func shown(page handler) asker {
	return func(r *request) (bool, error) { return true, page(r) }
}
