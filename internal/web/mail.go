package web

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
)

// Mail is an email to one person, in plain text.
type Mail struct {
	To, Subject, Text string
	At                time.Time
}

const (
	mailsAtOnce  = 16 // more are not sent
	mailAttempts = 4
	mailTimeout  = 30 * time.Second // of one attempt
)

// mailbox counts the emails that are being sent, and holds the caught ones.
type mailbox struct {
	mu   sync.Mutex
	busy int
	kept []Mail
}

// send sends an email in the background. The browser's answer does not wait for
// it, so the time of the answer does not reveal whether an email was sent.
func (h *Handler) send(m Mail) {
	h.mails.mu.Lock()
	defer h.mails.mu.Unlock()
	if h.mails.busy >= mailsAtOnce {
		h.Logger.Warn("email not sent: too many are being sent at once", "subject", m.Subject)
		return
	}
	h.mails.busy++
	m.At = h.Clock()
	go h.deliver(m)
}

func (h *Handler) deliver(m Mail) {
	defer func() {
		h.mails.mu.Lock()
		h.mails.busy--
		h.mails.mu.Unlock()
	}()
	for attempt := 1; ; attempt++ {
		ctx, cancel := context.WithTimeout(context.Background(), mailTimeout)
		err := h.Mail(ctx, m)
		cancel()
		if err == nil {
			return
		}
		if attempt == mailAttempts {
			h.Logger.Error("email not sent", "subject", m.Subject, "error", err.Error())
			return
		}
		time.Sleep(time.Duration(attempt*attempt) * time.Second)
	}
}

func resetMail(user *account.User, link string) Mail {
	return Mail{To: user.Email, Subject: "Set a new password", Text: "Hello " + user.DisplayName() + ",\n\n" +
		"Use this link to set a new password for " + user.Username + ":\n" + link + "\n\n" +
		"The link works once, within 30 minutes. If you did not request it, ignore this email. Your password stays the same.\n"}
}

func verificationMail(user *account.User, link string) Mail {
	return Mail{To: user.Email, Subject: "Confirm your email address", Text: "Hello " + user.DisplayName() + ",\n\n" +
		"Please confirm that this email address is yours:\n" + link + "\n\n" +
		"The link works for two days. If you did not request it, ignore this email.\n"}
}

// sendVerification sends an email with a link that confirms the email address.
// Errors are those of NewEmailProof.
func (h *Handler) sendVerification(ctx context.Context, user *account.User) error {
	if h.Mail == nil || user.Email == "" || user.EmailVerified() {
		return nil
	}
	proof, err := h.Accounts.NewEmailProof(ctx, user)
	if err != nil {
		return err
	}
	h.send(verificationMail(user, h.link("/verify/", proof)))
	return nil
}

// sendFirstVerification does the same after another change, which has been
// saved. It only logs an error, because the person can request another email.
func (h *Handler) sendFirstVerification(r *http.Request, user *account.User) {
	if err := h.sendVerification(r.Context(), user); err != nil {
		h.Logger.WarnContext(r.Context(), "email not sent", "user", user.ID, "error", err.Error())
	}
}
