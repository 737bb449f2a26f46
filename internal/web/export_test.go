package web

// FieldOrder is the order of the fields in every form.
var FieldOrder = fieldOrder

// AuthenticatorName returns the name of the authenticator with an AAGUID.
var AuthenticatorName = authenticatorName
