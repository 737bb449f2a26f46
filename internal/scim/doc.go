// Package scim serves SCIM 2.0 (RFC 7643, RFC 7644), with which a directory such as Microsoft
// Entra or Okta adds, changes, blocks and deletes people, and manages groups. It admits requests
// by the rules of the admin API, and calls the same functions.
package scim
