package web

import (
	"html/template"
	"io/fs"
	"strings"

	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/validate"
)

// PageData returns the type of the data of each page.
func PageData() map[string]any {
	return map[string]any{
		"account_activity": activityPage{}, "account_applications": applicationsPage{}, "account_data": dataPage{}, "account_delete": deletionPage{}, "account_keep": keepPage{}, "account_overview": overviewPage{}, "account_password": passwordPage{}, "account_picture": picturePage{},
		"account_profile": profilePage{}, "account_providers": providersPage{}, "account_sessions": sessionsPage{}, "authorize": consentPage{}, "confirm": ui.Question{}, "confirm_person": confirmPage{},
		"account_codes": codesPage{}, "account_passkey": passkeyPage{}, "account_security": securityPage{}, "account_totp": totpPage{}, "device": devicePage{},
		"developed": developedPage{}, "developer_add": developerAddPage{}, "developer_attempt": developerAttemptPage{}, "developer_offer": developerOfferPage{}, "developers": developersPage{},
		"error": errorPage{}, "form_post": formPostPage{}, "home": homePage{}, "invite": invitePage{}, "logging_out": loggingOutPage{},
		"login": loginPage{}, "login_directory": directoryPage{}, "login_name": loginPage{}, "login_ways": loginPage{}, "logout": logoutPage{}, "mails": []Mail{}, "message": messagePage{},
		"offer_passkey": offerPasskeyPage{}, "onward": onwardPage{}, "reset": resetPage{}, "second_step": secondStepPage{}, "select_account": selectAccountPage{}, "setup": setupPage{},
		"sign_up": signUpPage{}, "verify": verifyPage{},
	}
}

// ParsePages parses the pages. It is not part of New, so that the faults of all
// templates can be reported before there is a Provider.
func ParsePages(u *ui.UI, issuer string) (*ui.Pages, error) {
	files, err := fs.Sub(pages, "pages")
	if err != nil {
		return nil, err
	}
	return u.Pages(ui.Part{Name: "web", Files: files, Data: PageData(), Funcs: template.FuncMap{
		"split": func(text string) []string { return strings.Split(text, "\n") },
		"link":  func(text string) bool { return strings.HasPrefix(text, issuer) },
		"label": claimLabel, "copied": newCopied,
		"zones": validate.TimeZones,
	}})
}
