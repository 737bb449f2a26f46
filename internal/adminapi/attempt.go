package adminapi

import (
	"slices"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/flows"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/paging"
)

// An attempt is an authorization request with the steps that followed it, or a request of a login that
// was rejected. A step that was not reached is missing.
type attempt struct {
	ID          string    `json:"id" doc:"Identifies the authorization request, or is the error ID of a request that was rejected before an attempt had begun."`
	ClientID    string    `json:"client_id" doc:"The application."`
	Device      bool      `json:"device" doc:"It began on a device (RFC 8628)."`
	State       string    `json:"state" enum:"begun,code,login,factor,consent,answered,done,denied,failed" doc:"The last step. With code, nobody has entered the code of the device yet. With answered, the application has not exchanged its code yet."`
	Rejected    bool      `json:"rejected" doc:"The first request was rejected, so the attempt has no other steps."`
	BeganAt     time.Time `json:"began_at" doc:"When the authorization request passed all checks, or was rejected."`
	EnteredAt   time.Time `json:"entered_at,omitzero" doc:"When a person entered the code of the device."`
	LoginAt     time.Time `json:"login_at,omitzero" doc:"When the person was last sent to the login page."`
	FactorAt    time.Time `json:"factor_at,omitzero" doc:"When the person was last asked for a second factor."`
	ConsentAt   time.Time `json:"consent_at,omitzero" doc:"When the person was last asked for consent."`
	ApprovedAt  time.Time `json:"approved_at,omitzero" doc:"When the application received its response."`
	DeniedAt    time.Time `json:"denied_at,omitzero" doc:"When the person refused."`
	TokenAt     time.Time `json:"token_at,omitzero" doc:"When the application exchanged its code."`
	FailedAt    time.Time `json:"failed_at,omitzero" doc:"When a step failed."`
	ErrorID     string    `json:"error_id,omitempty" doc:"The ID of the rejected request that is the reason."`
	Description string    `json:"description,omitempty" doc:"Why it failed, if the reason is still known."`

	LoginFailures []loginFailure `json:"login_failures,omitempty" doc:"The mistakes and refusals at the login, oldest first: at most 20 for each reason and login provider."`
	IgnoredScopes string         `json:"ignored_scopes,omitempty" doc:"The first unknown scopes of the request, which were ignored."`
}

// A loginFailure is a mistake or a refusal at the login of an attempt.
type loginFailure struct {
	Reason   string    `json:"reason" enum:"wrong_password,throttled,wrong_code,wrong_passkey,disabled,no_account,email_domain,group,address_in_use,not_fresh,provider_refused,provider_unavailable,provider_invalid,sign_up,invitation" doc:"What happened."`
	Provider string    `json:"provider,omitempty" doc:"The login provider."`
	At       time.Time `json:"at" doc:"When it happened."`
}

// attempts are the operations about attempts to log in.
func (a *api) attempts() []operation {
	return []operation{
		listed[attempt](reads("errors", "attempts", account.ErrorsRead, "latest attempts to log in to applications, newest first", a.listAttempts),
			append([]parameter{
				ofApplication("Only those of this application."),
				{name: "state", values: []string{string(flows.Done), string(flows.Failed), string(flows.Denied), flows.AnyOpen}, help: "Only those that ended in this way, or that are not finished."},
			}, period...)...).
			says("Requests that were rejected before an attempt had begun are among them."),
		reads("errors", "attempts/{id}", account.ErrorsRead, "an attempt, with all its steps", a.getAttempt),
	}
}

func showAttempt(t flows.Attempt) attempt {
	shown := attempt{ID: t.ID, ClientID: t.ClientID, State: string(t.State), BeganAt: t.At}
	if t.Rejected != nil {
		shown.Description = t.Rejected.Description
	}
	f := t.Flow
	if f == nil {
		shown.Rejected, shown.FailedAt, shown.ErrorID = true, t.At, t.ID
		return shown
	}
	shown.Device, shown.ErrorID = f.Device, f.ErrorID
	shown.EnteredAt, shown.LoginAt, shown.FactorAt, shown.ConsentAt = f.EnteredAt, f.LoginAt, f.FactorAt, f.ConsentAt
	shown.ApprovedAt, shown.DeniedAt, shown.TokenAt, shown.FailedAt = f.ApprovedAt, f.DeniedAt, f.TokenAt, f.FailedAt
	for _, failure := range f.LoginFailures {
		shown.LoginFailures = append(shown.LoginFailures, loginFailure(failure))
	}
	shown.IgnoredScopes = f.IgnoredScopes.String()
	return shown
}

func (a *api) listAttempts(c *call) (page[attempt], error) {
	clientID := c.get("client_id")
	from, until, err := c.days()
	if err != nil {
		return page[attempt]{}, err
	}
	found, err := a.Flows.Recent(c.Context(), clientID, flows.MostAttempts)
	if err != nil {
		return page[attempt]{}, err
	}
	rejected, err := a.Rejections.Recent(c.Context(), oauth.RejectionFilter{ClientID: clientID}, flows.MostAttempts)
	if err != nil {
		return page[attempt]{}, err
	}
	all := slices.DeleteFunc(flows.Attempts(found, rejected, flows.MostAttempts), func(t flows.Attempt) bool {
		return !t.State.In(c.get("state")) || !from.IsZero() && t.At.Before(from) || !until.IsZero() && !t.At.Before(until)
	})
	return listOf(c, func(p paging.Page) ([]flows.Attempt, paging.Cursor, error) {
		rows, cursor := partOf(all, p, placeOf)
		return rows, cursor, nil
	}, showAttempt)
}

// placeOf returns the sort key of an attempt. The newest attempt has the greatest one, and is listed
// first.
func placeOf(t flows.Attempt) string {
	return t.At.UTC().Format("2006-01-02T15:04:05.000000000") + " " + t.ID
}

func (a *api) getAttempt(c *call) (attempt, error) {
	if id, err := oauth.ParseID(c.PathValue("id")); err == nil {
		f, found, err := a.Flows.Find(c.Context(), id)
		if err != nil {
			return attempt{}, err
		}
		if found {
			return a.attemptOf(c, f)
		}
	}
	r, found, err := a.Rejections.Find(c.Context(), c.PathValue("id"))
	if err == nil && (!found || !flows.IsStep(r)) {
		err = oauth.ErrNotFound
	}
	return showAttempt(flows.Attempt{ID: r.ID, ClientID: r.ClientID, At: r.At, State: flows.Failed, Rejected: &r}), err
}

// attemptOf returns an attempt with the reason for which it failed.
func (a *api) attemptOf(c *call, f oauth.Flow) (attempt, error) {
	t := flows.Attempt{ID: f.ID.String(), ClientID: f.ClientID, At: f.BeganAt, State: flows.StateOf(f), Flow: &f}
	if f.ErrorID != "" {
		r, found, err := a.Rejections.Find(c.Context(), f.ErrorID)
		if err != nil {
			return attempt{}, err
		}
		if found {
			t.Rejected = &r
		}
	}
	return showAttempt(t), nil
}
