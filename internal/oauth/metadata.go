package oauth

// Paths of the endpoints, below the service's address.
const (
	PathAuthorize = "/oauth2/authorize"
	PathToken     = "/oauth2/token"  //nolint:gosec // an address
	PathRevoke    = "/oauth2/revoke" //nolint:gosec // likewise
	PathMetadata  = "/.well-known/oauth-authorization-server"
)

// Metadata describes the authorisation server to its clients (RFC 8414, 2; RFC 8705, 5; RFC 9207, 3; RFC 9396, 10).
type Metadata struct {
	Issuer           string   `json:"issuer"`
	Authorize        string   `json:"authorization_endpoint"`
	Token            string   `json:"token_endpoint"`
	Revoke           string   `json:"revocation_endpoint"`
	Scopes           []string `json:"scopes_supported"`
	ResponseTypes    []string `json:"response_types_supported"`
	Grants           []string `json:"grant_types_supported"`
	TokenMethods     []string `json:"token_endpoint_auth_methods_supported"`
	TokenAlgorithms  []string `json:"token_endpoint_auth_signing_alg_values_supported"`
	RevokeMethods    []string `json:"revocation_endpoint_auth_methods_supported"`
	RevokeAlgorithms []string `json:"revocation_endpoint_auth_signing_alg_values_supported"`
	Challenges       []string `json:"code_challenge_methods_supported"`
	Details          []string `json:"authorization_details_types_supported"`
	ResponseIssuer   bool     `json:"authorization_response_iss_parameter_supported"`
	Bound            bool     `json:"tls_client_certificate_bound_access_tokens"`
	Aliases          *Aliases `json:"mtls_endpoint_aliases,omitempty"`
}

// Aliases are the endpoints at the listener that asks for certificates.
type Aliases struct {
	Token  string `json:"token_endpoint"`
	Revoke string `json:"revocation_endpoint"`
}

// Metadata describes this server.
func (s *Service) Metadata() Metadata {
	methods, algorithms := []string{"private_key_jwt"}, []string{"ES256", "PS256", "RS256", "EdDSA"}
	m := Metadata{
		Issuer: s.Issuer, Authorize: s.Issuer + PathAuthorize, Token: s.Issuer + PathToken, Revoke: s.Issuer + PathRevoke,
		Scopes: []string{ScopeService, ScopeCredential}, ResponseTypes: []string{"code"}, Grants: []string{"client_credentials", "authorization_code"},
		TokenAlgorithms: algorithms, RevokeAlgorithms: algorithms, Challenges: []string{"S256"}, Details: []string{detailType}, ResponseIssuer: true,
	}
	if s.MTLS != "" {
		methods = append(methods, "tls_client_auth", "self_signed_tls_client_auth")
		m.Bound, m.Aliases = true, &Aliases{Token: s.MTLS + PathToken, Revoke: s.MTLS + PathRevoke}
	}
	m.TokenMethods, m.RevokeMethods = methods, methods
	return m
}
