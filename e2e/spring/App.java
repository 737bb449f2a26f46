package app;

import com.nimbusds.jose.jwk.JWK;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.annotation.Bean;
import org.springframework.core.annotation.Order;
import org.springframework.security.config.Customizer;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.core.annotation.AuthenticationPrincipal;
import org.springframework.security.oauth2.client.OAuth2AuthorizedClient;
import org.springframework.security.oauth2.client.annotation.RegisteredOAuth2AuthorizedClient;
import org.springframework.security.oauth2.client.endpoint.NimbusJwtClientAuthenticationParametersConverter;
import org.springframework.security.oauth2.client.endpoint.OAuth2AccessTokenResponseClient;
import org.springframework.security.oauth2.client.endpoint.OAuth2ClientCredentialsGrantRequest;
import org.springframework.security.oauth2.client.endpoint.RestClientClientCredentialsTokenResponseClient;
import org.springframework.security.oauth2.core.oidc.user.OidcUser;
import org.springframework.security.oauth2.jwt.Jwt;
import org.springframework.security.oauth2.jwt.JwtDecoder;
import org.springframework.security.oauth2.jwt.JwtValidators;
import org.springframework.security.oauth2.jwt.NimbusJwtDecoder;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/**
 * A page for people who log in, an API that verifies JWT access tokens, and a job that
 * authenticates with its key.
 */
@SpringBootApplication
@RestController
public class App {
  public static void main(String[] args) {
    SpringApplication.run(App.class, args);
  }

  @Bean
  @Order(1)
  SecurityFilterChain api(HttpSecurity http) throws Exception {
    return http.securityMatcher("/api")
        .authorizeHttpRequests(a -> a.anyRequest().hasAuthority("SCOPE_read"))
        .oauth2ResourceServer(s -> s.jwt(Customizer.withDefaults()))
        .build();
  }

  @Bean
  @Order(2)
  SecurityFilterChain pages(HttpSecurity http) throws Exception {
    return http.authorizeHttpRequests(a -> a.anyRequest().authenticated())
        .oauth2Login(Customizer.withDefaults())
        .build();
  }

  @Bean
  JwtDecoder jwtDecoder(
      @Value("${spring.security.oauth2.client.provider.latchkey.issuer-uri}") String issuer,
      @Value("${caller}") String caller) {
    NimbusJwtDecoder decoder = NimbusJwtDecoder.withIssuerLocation(issuer).validateType(false).build();
    decoder.setJwtValidator(
        JwtValidators.createAtJwtValidator().issuer(issuer).audience(issuer).clientId(caller).build());
    return decoder;
  }

  @Bean
  OAuth2AccessTokenResponseClient<OAuth2ClientCredentialsGrantRequest> keyed(
      @Value("${job-key}") String file) throws Exception {
    JWK key = JWK.parse(Files.readString(Path.of(file)));
    RestClientClientCredentialsTokenResponseClient client = new RestClientClientCredentialsTokenResponseClient();
    client.addParametersConverter(new NimbusJwtClientAuthenticationParametersConverter<>(registration -> key));
    return client;
  }

  @GetMapping("/job")
  Map<String, Object> job(@RegisteredOAuth2AuthorizedClient("job") OAuth2AuthorizedClient job) {
    return Map.of("scope", job.getAccessToken().getScopes(), "token", job.getAccessToken().getTokenValue());
  }

  @GetMapping("/")
  Map<String, Object> page(@AuthenticationPrincipal OidcUser user) {
    return Map.of("email", user.getEmail(), "name", user.getFullName());
  }

  @GetMapping("/api")
  Map<String, Object> api(@AuthenticationPrincipal Jwt token) {
    return Map.of("client_id", token.getClaimAsString("client_id"));
  }
}
