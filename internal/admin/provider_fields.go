package admin

import (
	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/internal/upstream"
)

// providerGroups returns the fields of the form of a login provider. The first one is the
// name. The setting ca_file can only be set in the configuration file.
func providerGroups() []providerGroup {
	field := func(name string, label, hint ui.Text) *providerField {
		return &providerField{Field: upstream.Field{Name: name}, Label: label, Hint: hint}
	}
	return []providerGroup{
		{Title: ui.Text{"admin.provider_form.basics"}, Basic: true, Fields: []*providerField{
			field("name", ui.Text{"admin.provider_form.name"}, ui.Text{"admin.provider_form.name_hint"}),
			field("title", ui.Text{"admin.provider_form.title"}, ui.Text{"admin.provider_form.title_hint"}),
			field("type", ui.Text{"admin.provider_form.type"}, ui.Text{"admin.provider_form.type_hint"}),
			field("issuer", ui.Text{"admin.provider_form.issuer"}, ui.Text{"admin.provider_form.issuer_hint"}),
			field("client_id", ui.Text{"admin.provider_form.client_id"}, ui.Text{"admin.provider_form.client_id_hint"}),
		}},
		{Title: ui.Text{"admin.provider_form.directory"}, Fields: []*providerField{
			field("url", ui.Text{"admin.provider_form.url"}, ui.Text{"admin.provider_form.url_hint"}),
			field("bind_dn", ui.Text{"admin.provider_form.bind_dn"}, ui.Text{"admin.provider_form.bind_dn_hint"}),
			field("base_dn", ui.Text{"admin.provider_form.base_dn"}, ui.Text{"admin.provider_form.base_dn_hint"}),
			field("filter", ui.Text{"admin.provider_form.filter"}, ui.Text{"admin.provider_form.filter_hint"}),
			field("group_filter", ui.Text{"admin.provider_form.group_filter"}, ui.Text{"admin.provider_form.group_filter_hint"}),
			field("id_attribute", ui.Text{"admin.provider_form.id_attribute"}, ui.Text{"admin.provider_form.id_attribute_hint"}),
		}},
		{Title: ui.Text{"admin.provider_form.people"}, Basic: true, Fields: []*providerField{
			field("sign_up", ui.Text{"admin.provider_form.sign_up"}, ui.Text{"admin.provider_form.sign_up_hint"}),
			field("email_domains", ui.Text{"admin.provider_form.email_domains"}, ui.Text{"admin.provider_form.email_domains_hint"}),
			field("groups", ui.Text{"admin.provider_form.groups"}, ui.Text{"admin.provider_form.groups_hint"}),
			field("tenants", ui.Text{"admin.provider_form.tenants"}, ui.Text{"admin.provider_form.tenants_hint"}),
			field("trusted_email_domains", ui.Text{"admin.provider_form.trusted_email_domains"}, ui.Text{"admin.provider_form.trusted_email_domains_hint"}),
			field("disabled", ui.Text{"admin.provider_form.disabled"}, ui.Text{"admin.provider_form.disabled_hint"}),
		}},
		{Title: ui.Text{"admin.provider_form.factors"}, Fields: []*providerField{
			field("trust_second_factor", ui.Text{"admin.provider_form.trust_second_factor"}, ui.Text{"admin.provider_form.trust_second_factor_hint"}),
			field("second_factor_acr", ui.Text{"admin.provider_form.second_factor_acr"}, ui.Text{"admin.provider_form.second_factor_acr_hint"}),
			field("omits_auth_time", ui.Text{"admin.provider_form.omits_auth_time"}, ui.Text{"admin.provider_form.omits_auth_time_hint"}),
			field("single_logout", ui.Text{"admin.provider_form.single_logout"}, ui.Text{"admin.provider_form.single_logout_hint"}),
		}},
		{Title: ui.Text{"admin.provider_form.claims_heading"}, Fields: []*providerField{
			field("scopes", ui.Text{"admin.provider_form.scopes"}, ui.Text{"admin.provider_form.scopes_hint"}),
			field("claims", ui.Text{"admin.provider_form.claims"}, ui.Text{"admin.provider_form.claims_hint"}),
		}},
	}
}
