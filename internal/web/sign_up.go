package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/validate"
)

type signUpPage struct {
	Next, Username, Name, Email, LoginURL string
	// Errors are by field; that of "" is of the whole form.
	Errors map[string]string
}

// signUp lets a person make an account, and goes on to where they were led.
func (h *Handler) signUp(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
	page := signUpPage{
		Next: localPath(r.FormValue("next"), h.base+"/account/"), Username: r.PostFormValue("username"),
		Name: r.PostFormValue("name"), Email: r.PostFormValue("email"), Errors: make(map[string]string),
	}
	if r.Method != http.MethodPost {
		h.showSignUp(w, r, http.StatusOK, page)
		return
	}
	password := r.PostFormValue("password")
	if h.Mail != nil && page.Email == "" {
		page.Errors["email"] = "Please give your e-mail address: you need it if you forget your password."
	}
	if password != r.PostFormValue("password_again") {
		page.Errors["password_again"] = "The two passwords are not the same."
	}
	if len(page.Errors) > 0 {
		h.showSignUp(w, r, http.StatusUnprocessableEntity, page)
		return
	}
	user, err := h.Accounts.SignUp(r.Context(), account.NewUser{
		Username: page.Username, Password: password, Email: page.Email, Name: page.Name,
	}, h.Address(r))
	h.tell(r, personal(oauth.EventSignUp, err))
	status, known := formFaults(err, page.Errors)
	switch {
	case known:
		h.showSignUp(w, r, status, page)
		return
	case err == nil:
		err = h.startSession(w, r, user)
	}
	if err != nil {
		h.failPerson(w, r, err)
		return
	}
	h.sendFirstVerification(r, user)
	redirect(w, r, page.Next)
}

func (h *Handler) showSignUp(w http.ResponseWriter, r *http.Request, status int, page signUpPage) {
	page.LoginURL = h.loginURL(page.Next)
	h.pages.Render(w, r, status, "sign_up", ui.View{Title: "Create an account", Narrow: true, Data: page})
}

// formFaults puts what is wrong with a form at its fields; false if err is no
// such thing.
func formFaults(err error, at map[string]string) (status int, known bool) {
	var (
		all       validate.FieldErrors
		throttled *account.ThrottledError
	)
	switch {
	case errors.As(err, &all):
	case errors.As(err, &throttled):
		at[""] = fmt.Sprintf("Too many attempts. Please wait %s and try again.", waiting(throttled.RetryAfter))
		return http.StatusTooManyRequests, true
	default:
		return 0, false
	}
	for _, fault := range all {
		at[fault.Field] = fault.Message
	}
	return http.StatusUnprocessableEntity, true
}

// sendFirstVerification is sendVerification beside something else, which has
// been done and stays so. The person can ask for the mail again.
func (h *Handler) sendFirstVerification(r *http.Request, user *account.User) {
	if err := h.sendVerification(r.Context(), user); err != nil {
		h.Logger.WarnContext(r.Context(), "a mail was not sent", "user", user.ID, "error", err.Error())
	}
}

// sendVerification asks the person to show that the address is theirs. Errors
// are those of NewEmailProof.
func (h *Handler) sendVerification(ctx context.Context, user *account.User) error {
	if h.Mail == nil || user.Email == "" || user.EmailVerified() {
		return nil
	}
	proof, err := h.Accounts.NewEmailProof(ctx, user)
	if err != nil {
		return err
	}
	h.send(Mail{To: user.Email, Subject: "Please confirm your e-mail address", Text: "Hello " + user.DisplayName() + ",\n\n" +
		"please confirm that this e-mail address is yours:\n" + h.link("/verify/", proof) + "\n\n" +
		"The link works for two days. If you did not ask for this, ignore it.\n"})
	return nil
}
