package admin

import (
	"cmp"
	"errors"
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

// A question is a ui.Question of the back office.
type question struct {
	Heading, Text, Button ui.Text
	More                  ui.Text // another sentence about the action, or empty
	Cancel                string
	Back                  ui.Text // the text of the link to Cancel, if it is not "Cancel"
	Safe                  bool    // the action can be undone on another page
}

// ask shows a question in a section. The form is sent again with the answer.
func (r *request) ask(section string, q question) (bool, error) {
	r.render(http.StatusOK, "confirm", q.Heading, section, ui.Question{
		Heading: q.Heading, Text: q.Text, More: q.More, Button: q.Button, Cancel: cmp.Or(q.Cancel, r.listURL("")), Back: q.Back, Safe: q.Safe, Fields: ui.KeptFields(r.PostForm),
	})
	return true, nil
}

// jwtText returns a sentence about how long an API that verifies JWTs can accept an access token of an
// application that was revoked. It is empty if the application gets no JWTs.
func (b *office) jwtText(c *oauth.Client) ui.Text {
	longest := b.Tokens.JWTLifetime(c)
	if longest == 0 {
		return nil
	}
	return ui.Text{"admin.ask.jwt_until", "duration", ui.DurationText(longest)}
}

// client returns the application of the path, and the URL of its page.
func (b *office) client(r *request) (c *oauth.Client, page string, err error) {
	c, err = b.Store.Client(r.Context(), r.PathValue("id"))
	return c, b.path("applications", r.PathValue("id")), err
}

func (b *office) askClientRevoke(r *request) (bool, error) {
	text := ui.Text{"admin.ask.client_revoke_text"}
	c, page, err := b.client(r)
	if errors.Is(err, oauth.ErrNotFound) {
		text, page = ui.Text{"admin.ask.deleted_revoke_text"}, b.path("applications", "deleted")
		c, err = b.deletedClient(r, r.PathValue("id"))
	}
	if err != nil {
		return false, err
	}
	return r.ask("applications", question{
		Heading: ui.Text{"admin.ask.client_revoke", "app", shownClient(c).Name}, Button: ui.Text{"admin.button.revoke_all"}, Cancel: page, Text: text, More: b.jwtText(c),
	})
}

func (b *office) askClientSwitch(r *request) (bool, error) {
	disabled, revoke := r.switchTo()
	c, page, err := b.client(r)
	if !disabled || err != nil {
		return false, err
	}
	q := question{
		Heading: ui.Text{"admin.ask.disable", "name", c.Name}, Button: ui.Text{"admin.button.pause"}, Cancel: page,
		Text: ui.Text{"admin.ask.client_disable_text"},
	}
	if revoke {
		q.Heading, q.Button = ui.Text{"admin.ask.disable_revoke", "name", c.Name}, ui.Text{"admin.button.disable"}
		q.Text = ui.Text{"admin.ask.client_disable_revoke_text"}
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
			Heading: revokeSecretText(c, id), Button: ui.Text{"admin.button.revoke_secret"}, Cancel: page,
			Text: ui.Text{"admin.ask.secret_text"},
		})
	}
	if r.PostForm.Get("overlap") != "0" {
		return false, nil
	}
	return r.ask("applications", question{
		Heading: ui.Text{"admin.ask.rotate", "app", c.Name}, Button: ui.Text{"admin.button.rotate"}, Cancel: page,
		Text: ui.Text{"admin.ask.rotate_text"},
	})
}

func (b *office) askRegistrationToken(r *request) (bool, error) {
	c, page, err := b.client(r)
	if err != nil {
		return false, err
	}
	if _, registered := oauth.RegistrationID(c.ID); !registered {
		return false, errGone
	}
	return r.ask("applications", question{
		Heading: ui.Text{"admin.ask.registration_token", "app", c.Name}, Button: ui.Text{"admin.button.revoke_token"}, Cancel: page,
		Text: ui.Text{"admin.ask.registration_token_text"},
	})
}

// revokeSecretText is the question about a secret, with its end if that is known.
func revokeSecretText(c *oauth.Client, id string) ui.Text {
	i := slices.IndexFunc(c.Secrets, func(s oauth.ClientSecret) bool { return s.ID == id })
	if i < 0 || c.Secrets[i].End == "" {
		return ui.Text{"admin.ask.secret", "app", c.Name}
	}
	return ui.Text{"admin.ask.secret_end", "end", "…" + c.Secrets[i].End, "app", c.Name}
}

// askKeyRotate returns whether an administrator has to confirm that a key is replaced.
func (b *office) askKeyRotate(r *request) (bool, error) {
	keys, err := b.Keys.SigningKeys(r.Context())
	alg := r.PostForm.Get("alg")
	if err != nil || !slices.ContainsFunc(keys, func(k oauth.SigningKey) bool { return k.Alg == alg }) {
		return false, err
	}
	return r.ask("keys", question{
		Heading: ui.Text{"admin.ask.key", "algorithm", alg}, Button: ui.Text{"admin.button.rotate_key"},
		Text: ui.Text{"admin.ask.key_text"},
	})
}

// userOf returns the user of the path, and the URL of their page.
func (b *office) userOf(r *request) (name, page string, err error) {
	u, err := b.Store.User(r.Context(), r.PathValue("id"))
	if err != nil {
		return "", "", err
	}
	return u.Username, b.path("users", u.ID), nil
}

func (b *office) askUserSwitch(r *request) (bool, error) {
	disabled, revoke := r.switchTo()
	name, page, err := b.userOf(r)
	if !disabled || err != nil || r.PathValue("id") == r.me.ID {
		return false, err
	}
	q := question{
		Heading: ui.Text{"admin.ask.disable", "name", name}, Button: ui.Text{"admin.button.pause"}, Cancel: page,
		Text: ui.Text{"admin.ask.user_disable_text"},
	}
	if revoke {
		q.Heading, q.Button = ui.Text{"admin.ask.disable_revoke", "name", name}, ui.Text{"admin.button.disable"}
		q.Text = ui.Text{"admin.ask.user_disable_revoke_text"}
	}
	return r.ask("users", q)
}

func (b *office) askUserLogout(r *request) (bool, error) {
	name, page, err := b.userOf(r)
	if err != nil {
		return false, err
	}
	return r.ask("users", question{
		Heading: ui.Text{"admin.ask.logout", "user", name}, Button: ui.Text{"admin.button.logout"}, Cancel: page,
		Text: ui.Text{"admin.ask.logout_text"},
	})
}

func (b *office) askFactors(r *request) (bool, error) {
	name, page, err := b.userOf(r)
	if err != nil || r.PathValue("id") == r.me.ID {
		return false, err
	}
	return r.ask("users", question{
		Heading: ui.Text{"admin.ask.factors", "user", name}, Button: ui.Text{"admin.button.factors"}, Cancel: page,
		Text: ui.Text{"admin.ask.factors_text"},
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
	f.Errors = map[string][]ui.Text{"confirmed": {ui.Text{"admin.fault.confirm"}}}
	r.showUserForm(http.StatusUnprocessableEntity, f)
	return true, nil
}

// shown returns an asker for a page that shows the question itself.
func shown(page handler) asker {
	return func(r *request) (bool, error) { return true, page(r) }
}
