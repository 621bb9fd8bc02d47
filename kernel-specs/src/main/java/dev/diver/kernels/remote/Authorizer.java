package dev.diver.kernels.remote;

import dev.diver.kernels.failure.Failure;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import okhttp3.Challenge;
import okhttp3.Credentials;
import okhttp3.HttpUrl;
import okhttp3.Request;
import okhttp3.Response;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * Answers a registry's demand for credentials: Basic (RFC 7617), or a Bearer token from the server
 * that the registry names (distribution "Token Authentication Specification").
 *
 * <p>Credentials go to the host that they were stored for, and to the token server that this host
 * names if that is safe; OkHttp drops the header where a redirect leads to another host.
 */
final class Authorizer {

  private static final String AUTHORIZATION = "Authorization";

  private final Connections http;
  private final Function<String, Optional<Credential>> credentials;

  /** The header that was last accepted, by origin and repository. */
  private final Map<String, String> accepted = new ConcurrentHashMap<>();

  private final boolean unasked;

  /**
   * Takes credentials by {@code host[:port]}.
   *
   * @param unasked whether to send the password before the server asks for it
   */
  Authorizer(
      Connections http, Function<String, Optional<Credential>> credentials, boolean unasked) {
    this.http = http;
    this.credentials = credentials;
    this.unasked = unasked;
  }

  /**
   * Sends a request, and once more with credentials if the server asks for them.
   *
   * @param repository that the request is about; a token is good for one
   */
  Response send(Request request, String repository) throws IOException {
    String key = origin(request.url()) + " " + repository;
    String known = accepted.get(key);
    Optional<Credential> credential = credentialFor(request.url());
    if (known == null && unasked && credential.isPresent()) {
      known = basic(credential.get(), request.url());
    }
    Response response = execute(request, known);
    if (response.code() != 401 || !sameOrigin(response.request().url(), request.url())) {
      return response;
    }
    Optional<String> header = answer(response.challenges(), request.url());
    if (header.isEmpty() || header.get().equals(known)) {
      return response;
    }
    response.close();
    Response second = execute(request, header.get());
    if (second.code() != 401) {
      accepted.put(key, header.get());
    }
    return second;
  }

  /** Whether there is a credential for this host, so that a refusal means that it is not enough. */
  Optional<Credential> credentialFor(HttpUrl url) {
    return credentials.apply(authority(url));
  }

  static boolean sameOrigin(HttpUrl a, HttpUrl b) {
    return origin(a).equals(origin(b));
  }

  /** {@code host} or {@code host:port}, as credentials are stored for it. */
  static String authority(HttpUrl url) {
    boolean usual = url.port() == HttpUrl.defaultPort(url.scheme());
    String host = url.host().contains(":") ? "[" + url.host() + "]" : url.host();
    return usual ? host : host + ":" + url.port();
  }

  private Response execute(Request request, @Nullable String header) throws IOException {
    return http.newCall(
            header == null ? request : request.newBuilder().header(AUTHORIZATION, header).build())
        .execute();
  }

  private Optional<String> answer(List<Challenge> challenges, HttpUrl url) throws IOException {
    Optional<Credential> credential = credentialFor(url);
    for (Challenge challenge : challenges) {
      if (challenge.scheme().equalsIgnoreCase("Bearer")) {
        return Optional.of("Bearer " + token(challenge, url, credential));
      }
      if (challenge.scheme().equalsIgnoreCase("Basic") && credential.isPresent()) {
        return Optional.of(basic(credential.get(), url));
      }
    }
    return Optional.empty();
  }

  private String token(Challenge challenge, HttpUrl registry, Optional<Credential> credential)
      throws IOException {
    String realm = challenge.authParams().getOrDefault("realm", "");
    HttpUrl server = HttpUrl.parse(realm);
    if (server == null || !(server.isHttps() || server.host().equals(registry.host()))) {
      throw new Failure(
              Failure.Kind.DENIED,
              registry.host() + " names \"" + realm + "\" as its token server.",
              "That is no safe address to send credentials to: ask those who run the registry.")
          .exception();
    }
    HttpUrl.Builder url = server.newBuilder();
    for (String parameter : List.of("service", "scope")) {
      String value = challenge.authParams().get(parameter);
      if (value != null) {
        url.addQueryParameter(parameter, value);
      }
    }
    Request.Builder request = new Request.Builder().url(url.build());
    if (credential.isPresent()) {
      request.header(AUTHORIZATION, basic(credential.get(), server));
    }
    try (Response response = http.newCall(request.build()).execute()) {
      if (response.code() == 401 || response.code() == 403) {
        throw RemoteFailures.refused(registry, credential).exception();
      }
      JsonNode answer = CatalogJson.MAPPER.readTree(Bounded.read(response, CatalogJson.MAX_ANSWER));
      String token = answer.path("token").asString(answer.path("access_token").asString(""));
      if (!response.isSuccessful() || token.isEmpty()) {
        throw new IOException(server.host() + " gave no token (status " + response.code() + ")");
      }
      return token;
    } catch (JacksonException e) {
      throw new IOException(server.host() + " gave no token", e);
    }
  }

  /** A password in the clear is for loopback alone. */
  private static String basic(Credential credential, HttpUrl url) {
    if (!url.isHttps() && !CatalogAddress.isLoopback(url.host())) {
      throw new Failure(
              Failure.Kind.DENIED,
              url.host() + " asks for a password, and the connection to it is not encrypted.",
              "Use its https address.")
          .exception();
    }
    return Credentials.basic(credential.user(), credential.password(), StandardCharsets.UTF_8);
  }

  private static String origin(HttpUrl url) {
    return url.scheme() + "://" + url.host() + ":" + url.port();
  }
}
