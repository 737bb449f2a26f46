package adminapi

import (
	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/acts"
	"github.com/seed-e6a88a41/latchkey/paging"
)

// A finding is a problem that latchkey check reports.
type finding struct {
	ID       string `json:"id" doc:"The number of the check, such as LK007."`
	Level    string `json:"level" enum:"error,warning" doc:"Whether it is an error or a warning."`
	Text     string `json:"text" doc:"What is wrong, and what to do, in English."`
	ClientID string `json:"client_id,omitempty" doc:"The application that it is about; missing if it is about the server."`
	Path     string `json:"path,omitempty" doc:"The path of that application at this API."`
}

// findingPage is a page of findings.
type findingPage struct {
	page[finding]
	Checked bool `json:"checked" doc:"The findings are known. A program that embeds the server might not report any."`
}

// The levels of findings.
const levelError, levelWarning = "error", "warning"

// findings is the operation that lists the findings.
func (a *api) findings() operation {
	op := listed[finding](reads("server", "findings", account.PostureRead, "the problems that latchkey check finds without requests to other servers, errors first", a.listFindings),
		parameter{name: "level", values: []string{levelError, levelWarning}, help: "Only errors, or only warnings."},
		ofApplication("Only those about this application.")).
		says("They are at most a minute old. LK065 is among them if not all applications were checked, and says which were.")
	op.out = typeOf[findingPage]()
	return op
}

func showFinding(f acts.Finding) finding {
	shown := finding{ID: f.ID, Level: levelWarning, Text: f.Text, ClientID: f.ClientID}
	if f.Error {
		shown.Level = levelError
	}
	if f.ClientID != "" {
		shown.Path = "applications/" + escaped(f.ClientID)
	}
	return shown
}

func (a *api) listFindings(c *call) (findingPage, error) {
	if a.Findings == nil {
		return findingPage{page: page[finding]{Data: []finding{}}}, nil
	}
	level, client := c.get("level"), c.get("client_id")
	found, err := listOf(c, func(p paging.Page) ([]acts.Finding, paging.Cursor, error) {
		return a.Findings.Page(c.Context(), p, func(f *acts.Finding) bool {
			return (level == "" || f.Error == (level == levelError)) && (client == "" || f.ClientID == client)
		})
	}, showFinding)
	return findingPage{found, true}, err
}
