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
		{"Home", []ui.Link{{Text: "Home", URL: "/"}}},
		{"Authorization code", []ui.Link{
			{Text: "Authorization link", URL: "/consumer/"},
			{Text: "Pushed request", URL: "/consumer/push/"},
			{Text: "Exchange", URL: "/consumer/exchange/"},
		}},
		{"Other grants", []ui.Link{
			{Text: "Client credentials", URL: "/consumer/credentials/"},
			{Text: "Private key", URL: "/consumer/key/"},
			{Text: "Device", URL: "/consumer/device/"},
			{Text: "Token exchange", URL: "/consumer/token-exchange/"},
			{Text: "Password (legacy)", URL: "/consumer/password/"},
		}},
		{"Tokens", []ui.Link{
			{Text: "Tokens", URL: "/consumer/done/"},
			{Text: "ID token and userinfo", URL: "/consumer/id-token/"},
			{Text: "Silent renewal", URL: "/consumer/renew/"},
			{Text: "Logout", URL: "/consumer/logout/"},
		}},
		{"API", []ui.Link{{Text: "API client", URL: "/consumer/client/"}}},
		{"Client", []ui.Link{
			{Text: "Register", URL: "/consumer/register/"},
			{Text: "Manage a registration", URL: "/consumer/registration/"},
			{Text: "Metadata document", URL: "/consumer/document/"},
		}},
	}
}

// navigation returns the links of the header, and those to the other pages of the
// section that contains the path.
func navigation(path string) (header, tabs []ui.Link) {
	for _, s := range sections() {
		link := ui.Link{Text: s.name, URL: s.pages[0].URL}
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
