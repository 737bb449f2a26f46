package admin

import (
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/acts"
	"github.com/seed-e6a88a41/latchkey/internal/clientfields"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// A posturePage shows how strict the server is.
type posturePage struct {
	State      listBadge      // the posture in words
	Groups     []postureGroup // the rules of each standard
	Exceptions []legacyClient // the applications with exceptions, those that end first at the top
	Examined   int            // how many applications were examined, or 0 if these are all
	Checked    bool           // the findings are known
	Findings   []acts.Finding // of the command latchkey check
	NoFindings ui.Text        // the text if the list is empty
	URLs       postureURLs    // where exceptions are changed
}

// postureURLs are links of the page. A link that the person cannot use is empty.
type postureURLs struct {
	Exceptions string // the list of exceptions
}

// A postureGroup has the rules of a standard.
type postureGroup struct {
	Title ui.Text       // the standard
	Intro ui.Text       // a sentence about it
	Rules []postureRule // its rules
}

// A postureRule is a rule, and whether the server follows it.
type postureRule struct {
	Text   ui.Text   // the rule
	Detail ui.Text   // more about it, or nil
	State  listBadge // whether the server follows it
	URL    string    // the page where it can be changed, or empty
	Button ui.Text   // the text of the link
}

// kept is the state of a rule that the server always follows.
func kept() listBadge { return listBadge{"ok", ui.Text{"admin.posture.kept"}} }

// exceptFor returns the state of a rule that applications can be exempt from.
func exceptFor(n int) listBadge {
	if n == 0 {
		return kept()
	}
	return listBadge{"warn", ui.Text{"admin.posture.except", "n", n}}
}

// settingRule returns a rule that is followed or not depending on a setting.
func (r *request) settingRule(text, detail ui.Text, isKept bool, key string) postureRule {
	rule := postureRule{Text: text, Detail: detail, State: kept()}
	if !isKept {
		rule.State = listBadge{"off", ui.Text{"admin.posture.not_kept"}}
	}
	if r.me.Roles.Allow(account.SettingsRead) {
		rule.URL, rule.Button = r.b.path("settings")+"?"+url.Values{"q": {key}}.Encode(), ui.Text{"admin.posture.setting"}
	}
	return rule
}

// clientRule returns a rule with the number of applications that do not keep it.
func (r *request) clientRule(text ui.Text, n int, list string) postureRule {
	rule := postureRule{Text: text, State: exceptFor(n)}
	if n > 0 {
		rule.URL, rule.Button = r.b.path(list), ui.Text{"admin.posture.applications"}
	}
	return rule
}

// showPosture shows how strict the server is. It changes nothing.
func (b *office) showPosture(r *request) error {
	found, err := b.survey(r)
	if err != nil {
		return err
	}
	page := posturePage{Groups: []postureGroup{r.currentRules(found), r.strictRules(found)}, Examined: found.examined(), URLs: postureURLs{Exceptions: b.path("exceptions")}}
	page.Exceptions = slices.SortedStableFunc(slices.Values(found.legacy), func(a, b legacyClient) int { return a.ends().Compare(b.ends()) })
	page.State = listBadge{"ok", ui.Text{"admin.posture.oauth"}}
	if slices.ContainsFunc(page.Groups[0].Rules, func(rule postureRule) bool { return rule.State.Kind != kept().Kind }) {
		page.State = listBadge{"warn", ui.Text{"admin.posture.legacy"}}
	}
	if page.NoFindings = (ui.Text{"admin.posture.not_checked"}); b.Findings != nil {
		page.Checked, page.NoFindings = true, ui.Text{"admin.posture.no_findings"}
		if page.Findings, err = b.Findings.All(r.Context()); err != nil {
			return err
		}
	}
	r.render(http.StatusOK, "posture", ui.Text{"admin.section.posture"}, "posture", page)
	return nil
}

// ends returns when the first exception of an application ends.
func (c legacyClient) ends() time.Time {
	return slices.MinFunc(c.Exceptions, func(a, b clientfields.Exception) int { return a.EndsAt().Compare(b.EndsAt()) }).EndsAt()
}

// currentRules are the rules of OAuth 2.1.
func (r *request) currentRules(found *survey) postureGroup {
	n := func(feature string) (n int) {
		for _, c := range found.legacy {
			if !c.Disabled && c.AllowsLegacy(feature, r.b.Clock()) {
				n++
			}
		}
		return n
	}
	window := r.b.Protocol.ReplayWindow
	rotation := r.settingRule(ui.Text{"admin.posture.rotation"}, nil, window <= time.Minute, "replay_window")
	if window > 0 {
		rotation.Detail = ui.Text{"admin.posture.window", "duration", ui.DurationText(window)}
	}
	return postureGroup{ui.Text{"admin.posture.oauth"}, ui.Text{"admin.posture.oauth_intro"}, []postureRule{
		r.clientRule(ui.Text{"admin.posture.pkce"}, found.weak.pkce, "applications"),
		r.clientRule(ui.Text{"admin.posture.redirect"}, n(oauth.LegacyWildcardRedirect), "exceptions"),
		r.clientRule(ui.Text{"admin.posture.implicit"}, n(oauth.LegacyImplicit), "exceptions"),
		r.clientRule(ui.Text{"admin.posture.password"}, n(oauth.LegacyPassword), "exceptions"),
		r.clientRule(ui.Text{"admin.posture.query"}, n(oauth.LegacyTokenInQuery), "exceptions"),
		rotation,
		{Text: ui.Text{"admin.posture.issuer"}, State: kept()},
	}}
}

// strictRules are the rules of the FAPI 2.0 Security Profile.
func (r *request) strictRules(found *survey) postureGroup {
	p := r.b.Protocol
	return postureGroup{ui.Text{"admin.posture.fapi"}, ui.Text{"admin.posture.fapi_intro"}, []postureRule{
		r.settingRule(ui.Text{"admin.posture.pushed"}, nil, p.RequirePushedRequests, "require_pushed_requests"),
		r.settingRule(ui.Text{"admin.posture.audience"}, nil, p.IssuerAudienceOnly, "issuer_audience_only"),
		r.settingRule(ui.Text{"admin.posture.code"}, nil, p.CodeTTL <= time.Minute, "code_ttl"),
		r.clientRule(ui.Text{"admin.posture.private_key"}, found.weak.secrets, "applications"),
		r.clientRule(ui.Text{"admin.posture.front_channel"}, found.weak.frontChannel, "applications"),
		{Text: ui.Text{"admin.posture.bound"}, State: listBadge{"off", ui.Text{"admin.posture.unsupported"}}},
	}}
}
