package consumer

import "github.com/seed-e6a88a41/latchkey/internal/ui"

// section is a group of pages. The first one is the target of the link in the header.
type section struct {
	name  string
	pages []ui.Link
}

// sections returns the groups of pages in their order.
func sections() []section {
	return []section{
		{"Home", []ui.Link{{Text: ui.Plain("Home"), URL: "/"}}},
		{"Authorization code", []ui.Link{
			{Text: ui.Plain("Authorization link"), URL: "/consumer/"},
			{Text: ui.Plain("Pushed request"), URL: "/consumer/push/"},
			{Text: ui.Plain("Exchange"), URL: "/consumer/exchange/"},
		}},
		{"Other grants", []ui.Link{
			{Text: ui.Plain("Client credentials"), URL: "/consumer/credentials/"},
			{Text: ui.Plain("Private key"), URL: "/consumer/key/"},
			{Text: ui.Plain("Device"), URL: "/consumer/device/"},
			{Text: ui.Plain("Token exchange"), URL: "/consumer/token-exchange/"},
			{Text: ui.Plain("Password (legacy)"), URL: "/consumer/password/"},
		}},
		{"Tokens", []ui.Link{
			{Text: ui.Plain("Tokens"), URL: "/consumer/done/"},
			{Text: ui.Plain("ID token and userinfo"), URL: "/consumer/id-token/"},
			{Text: ui.Plain("Silent renewal"), URL: "/consumer/renew/"},
			{Text: ui.Plain("Logout"), URL: "/consumer/logout/"},
		}},
		{"API", []ui.Link{{Text: ui.Plain("API client"), URL: "/consumer/client/"}}},
		{"Client", []ui.Link{
			{Text: ui.Plain("Register"), URL: "/consumer/register/"},
			{Text: ui.Plain("Manage a registration"), URL: "/consumer/registration/"},
			{Text: ui.Plain("Metadata document"), URL: "/consumer/document/"},
		}},
	}
}

// navigation returns the links of the header, and those to the other pages of the
// section that contains the path.
func navigation(path string) (header, tabs []ui.Link) {
	for _, s := range sections() {
		link := ui.Link{Text: ui.Plain(s.name), URL: s.pages[0].URL}
		for i := range s.pages {
			s.pages[i].Active = s.pages[i].URL == path
			link.Active = link.Active || s.pages[i].Active
		}
		header = append(header, link)
		if link.Active && len(s.pages) > 1 {
			tabs = s.pages
		}
	}
	return header, tabs
}
