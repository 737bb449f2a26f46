package consumer

import "github.com/seed-e6a88a41/latchkey/internal/ui"

// section is a group of pages. The first one is the target of the link in the header.
type section struct {
	name  ui.Text
	pages []ui.Link
}

// sections returns the groups of pages in their order.
func sections() []section {
	return []section{
		{ui.Text{"consumer.section.home"}, []ui.Link{{Text: ui.Text{"consumer.nav.home"}, URL: "/"}}},
		{ui.Text{"consumer.section.authorization_code"}, []ui.Link{
			{Text: ui.Text{"consumer.nav.authorization_link"}, URL: "/consumer/"},
			{Text: ui.Text{"consumer.nav.pushed_request"}, URL: "/consumer/push/"},
			{Text: ui.Text{"consumer.nav.exchange"}, URL: "/consumer/exchange/"},
		}},
		{ui.Text{"consumer.section.other_grants"}, []ui.Link{
			{Text: ui.Text{"consumer.nav.client_credentials"}, URL: "/consumer/credentials/"},
			{Text: ui.Text{"consumer.nav.private_key"}, URL: "/consumer/key/"},
			{Text: ui.Text{"consumer.nav.device"}, URL: "/consumer/device/"},
			{Text: ui.Text{"consumer.nav.token_exchange"}, URL: "/consumer/token-exchange/"},
			{Text: ui.Text{"consumer.nav.password_legacy"}, URL: "/consumer/password/"},
		}},
		{ui.Text{"consumer.section.tokens"}, []ui.Link{
			{Text: ui.Text{"consumer.nav.tokens"}, URL: "/consumer/done/"},
			{Text: ui.Text{"consumer.nav.id_token_and_userinfo"}, URL: "/consumer/id-token/"},
			{Text: ui.Text{"consumer.nav.silent_renewal"}, URL: "/consumer/renew/"},
			{Text: ui.Text{"consumer.nav.logout"}, URL: "/consumer/logout/"},
		}},
		{ui.Text{"consumer.section.api"}, []ui.Link{{Text: ui.Text{"consumer.nav.api_client"}, URL: "/consumer/client/"}}},
		{ui.Text{"consumer.section.client"}, []ui.Link{
			{Text: ui.Text{"consumer.nav.register"}, URL: "/consumer/register/"},
			{Text: ui.Text{"consumer.nav.manage_a_registration"}, URL: "/consumer/registration/"},
			{Text: ui.Text{"consumer.nav.metadata_document"}, URL: "/consumer/document/"},
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
