package web

import (
	"net/http"

	"github.com/seed-e6a88a41/latchkey/internal/ui"
)

type logoutPage struct{ User, Next string }

type messagePage struct {
	Heading, Text string
	Links         []ui.Link
}

// logout ends the log-in session. A link can only ask for it: a page of
// another site must not log people out.
func (h *Handler) logout(w http.ResponseWriter, r *http.Request) {
	next := localPath(r.FormValue("next"), "")
	switch user, _, known := h.Session(r); {
	case r.Method == http.MethodPost:
		h.endSession(w, r)
		if next != "" {
			redirect(w, r, next)
			return
		}
		h.loggedOut(w, r)
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		w.Header().Set("Allow", "GET, HEAD, POST")
		http.Error(w, "Use GET or POST.", http.StatusMethodNotAllowed)
	case known:
		h.face.Render(w, r, http.StatusOK, "logout", ui.View{
			Title: "Log out", Narrow: true, Data: logoutPage{User: user.DisplayName(), Next: next},
		})
	default:
		h.loggedOut(w, r)
	}
}

func (h *Handler) loggedOut(w http.ResponseWriter, r *http.Request) {
	h.face.Render(w, r, http.StatusOK, "message", ui.View{
		Title: "Logged out", Narrow: true,
		Data: messagePage{
			Heading: "You are logged out",
			Text:    "Nobody is logged in in this browser any more.",
			Links:   []ui.Link{{Text: "Log in again", URL: h.loginURL("/")}},
		},
	})
}
