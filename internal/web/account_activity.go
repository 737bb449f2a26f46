package web

import (
	"net/http"
	"slices"

	"github.com/seed-e6a88a41/latchkey/audit"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/paging"
)

type activityPage struct {
	Rows []activityRow // what happened to the account, newest first
	More string        // the cursor of the next page
	// Security, Password, Sessions and Applications are the addresses of the pages that help
	// if the person does not recognize something.
	Security, Password, Sessions, Applications string
}

// An activityRow is a record of the audit log about the person.
type activityRow struct {
	*audit.Record
	What ui.Text // the event in words
	// App is the name of the application, or empty.
	App string
	// Place is roughly where the address is, if known.
	Place string
}

// activityTexts are the events in words, by their name, kind or outcome.
var activityTexts = map[string]ui.Text{
	oauth.EventLogin: {"activity.login"}, oauth.EventLogin + " failed": {"activity.login_failed"}, oauth.OutcomeSecondFactor: {"activity.second_factor"},
	oauth.EventSignUp:         {"activity.sign_up"},
	oauth.EventPasswordReset:  {"activity.password_reset"},
	oauth.EventPasswordChange: {"activity.password_change"}, oauth.EventPasswordChange + " failed": {"activity.password_failed"},
	oauth.EventProfileChange: {"activity.profile_change"}, oauth.EventProfileChange + " failed": {"activity.profile_failed"},
	oauth.EventConfirmation: {"activity.confirmation"}, oauth.EventConfirmation + " failed": {"activity.confirmation_failed"},
	oauth.EventFactorChange: {"activity.factor_change"}, oauth.EventFactorChange + " failed": {"activity.factor_failed"},
	oauth.FactorChangePasskeyAdded: {"activity.passkey_added"}, oauth.FactorChangePasskeyRemoved: {"activity.passkey_removed"},
	oauth.FactorChangeTOTPAdded: {"activity.totp_added"}, oauth.FactorChangeTOTPRemoved: {"activity.totp_removed"},
	oauth.FactorChangeCodesRenewed: {"activity.codes_renewed"}, oauth.FactorChangeCodeUsed: {"activity.code_used"},
	oauth.FactorChangeEmailCodeSent: {"activity.email_code_sent"}, oauth.FactorChangeEmailCodeUsed: {"activity.email_code_used"},
	oauth.EventAccountDeletion: {"activity.deletion"}, oauth.DeletionCanceled: {"activity.deletion_canceled"},
	oauth.EventAuthorization: {"activity.approved"}, oauth.OutcomeDenied: {"activity.denied"},
	oauth.EventWithdrawal: {"activity.withdrawal"},
	oauth.EventSessionEnd: {"activity.session_end"},
	oauth.EventReplay:     {"activity.replay"}, oauth.EventRevocation: {"activity.revocation"}, oauth.EventToken: {"activity.token"},
	oauth.EventAdministration: {"activity.administration"}, "api-tokens": {"activity.api_tokens"},
}

// activityText returns a record in words.
func activityText(r *audit.Record) ui.Text {
	keys := []string{r.Outcome, r.Kind, r.Event}
	if r.Failed() {
		keys = []string{r.Event + " failed", r.Event}
	}
	i := slices.IndexFunc(keys, func(key string) bool { return activityTexts[key] != nil })
	if i < 0 {
		return ui.Text{"activity.other"}
	}
	return activityTexts[keys[i]]
}

// ownActivity is the page of what happened to the account of a person.
func (h *Handler) ownActivity(w http.ResponseWriter, r *http.Request, o *owner) error {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return methodNotAllowed(w, r, "GET, HEAD")
	}
	records, cursor, err := audit.List(r.Context(), h.Consents, audit.Filter{Person: o.Subject}, paging.Page{Limit: 25, After: r.URL.Query().Get("after")})
	if err != nil {
		return err
	}
	page := activityPage{More: cursor.Next, Security: h.base + "/account/security/", Password: h.base + "/account/password/", Sessions: h.base + "/account/sessions/", Applications: h.base + "/account/applications/"}
	for _, record := range ownRecords(records, o.Subject) {
		if record.Event == oauth.EventPermissionDenied { // nothing happened to the account
			continue
		}
		row := activityRow{Record: record, What: activityText(record)}
		o.local(&record.At)
		if record.Origin != nil {
			row.Place = h.place(record.Origin.Address)
		}
		if record.Details != nil {
			row.App = record.Details.ClientName
		}
		page.Rows = append(page.Rows, row)
	}
	return h.showOwn(w, r, o, ownView{page: "account_activity", url: h.base + "/account/activity/", title: ui.Text{"account.activity"}, data: page})
}

// ownRecords removes what records say about other people: the name, address and browser of
// an administrator who changed the account.
func ownRecords(records []*audit.Record, subject string) []*audit.Record {
	own := make([]*audit.Record, len(records))
	for i, r := range records {
		copied := *r
		if r.ActorKind != "" && r.Actor != subject {
			copied.Actor, copied.Origin = "", nil
		}
		copied.Hash, copied.Seal, copied.Repeated = "", "", 0 // Repeated also counts attempts at other accounts
		own[i] = &copied
	}
	return own
}
