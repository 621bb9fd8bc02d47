package dev.diver.kernels.remote;

import dev.diver.kernels.failure.Failure;
import dev.diver.kernels.failure.Failure.Kind;
import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.util.Optional;
import javax.net.ssl.SSLException;
import okhttp3.HttpUrl;
import okhttp3.Response;
import tools.jackson.databind.JsonNode;

/** What a server's answer, or its silence, means to the user. */
final class RemoteFailures {

  private static final int MAX_ERROR = 64 << 10;
  private static final String RESUMED = "what has arrived is kept.";

  private RemoteFailures() {}

  /**
   * What an answer that was not hoped for means.
   *
   * @param action what was tried, as in {@code pull remora:0.1.0}
   */
  static Failure of(String action, Response response, Optional<Credential> credential) {
    HttpUrl url = response.request().url();
    if (response.code() == 400 && !said(response, "detail").isEmpty()) {
      return new Failure(Kind.INVALID, said(response, "message"), said(response, "detail"));
    }
    String said = message(response);
    String what =
        "Tried to %s but %s answered %d%s."
            .formatted(
                action,
                Authorizer.authority(url),
                response.code(),
                said.isEmpty() ? "" : ": " + said.replaceFirst("\\.$", ""));
    return switch (response.code()) {
      case 400 -> new Failure(Kind.INVALID, what, "Ask for something else.");
      case 401 -> refused(url, credential);
      case 403 ->
          new Failure(
              Kind.DENIED, what, "Log in as someone who may, or ask those who run the catalog.");
      case 404 -> new Failure(Kind.NOT_FOUND, what, "Look for the name with `diver search`.");
      case 409 ->
          new Failure(
              Kind.CONFLICT,
              what,
              "Publish under another version; a tag can be moved only if kernel.toml lists it in"
                  + " moving-tags.");
      case 413, 507 ->
          new Failure(Kind.EXHAUSTED, what, "Ask those who run the catalog for more room.");
      default ->
          new Failure(Kind.UNAVAILABLE, what, "Try again later, or look at the catalog's log.");
    };
  }

  static Failure refused(HttpUrl url, Optional<Credential> credential) {
    String host = Authorizer.authority(url);
    return credential.isPresent()
        ? new Failure(
            Kind.DENIED,
            host + " refuses the credentials of \"" + credential.get().user() + "\".",
            "Run `diver login` again with the right user and password.")
        : new Failure(
            Kind.DENIED, host + " asks for credentials.", "Run `diver login` for it first.");
  }

  /** A server that cannot be reached, or a connection that broke. */
  static Failure unreachable(HttpUrl url, IOException e) {
    String server = url.scheme() + "://" + Authorizer.authority(url);
    String remedy =
        (CatalogAddress.isLoopback(url.host())
                ? "Start one with `diver catalog serve`"
                : "See to the network")
            + ", or give another address with --catalog, DIVER_CATALOG or `catalog` in"
            + " config.toml.";
    return switch (e) {
      case UnknownHostException unknown ->
          new Failure(
              Kind.UNAVAILABLE, "There is no catalog at " + server + ": unknown host.", remedy);
      case ConnectException refused ->
          new Failure(
              Kind.UNAVAILABLE,
              "No catalog answers at " + server + ": the connection is refused.",
              remedy);
      case SSLException untrusted ->
          new Failure(
              Kind.UNAVAILABLE,
              "No secure connection to " + server + ": " + untrusted.getMessage() + ".",
              "See to its certificate, or give another address with --catalog.");
      case SocketTimeoutException silent ->
          new Failure(
              Kind.UNAVAILABLE, server + " fell silent.", "Repeat the command later; " + RESUMED);
      default ->
          new Failure(
              Kind.UNAVAILABLE,
              "The connection to " + server + " broke: " + e.getMessage() + ".",
              "Repeat the command; " + RESUMED);
    };
  }

  static Failure notACatalog(HttpUrl url) {
    return new Failure(
        Kind.UNSUPPORTED,
        url.scheme()
            + "://"
            + Authorizer.authority(url)
            + " is no Diver catalog: it has no search (a registry can be pulled from all the"
            + " same).",
        "Give the address of a catalog with --catalog, DIVER_CATALOG or `catalog` in config.toml.");
  }

  /** The server's own words from an error body in OCI form; empty where there are none. */
  static String message(Response response) {
    String message = said(response, "message");
    return message.isEmpty() ? said(response, "code") : message;
  }

  private static String said(Response response, String field) {
    try {
      JsonNode error =
          CatalogJson.parse(response.peekBody(MAX_ERROR).bytes()).path("errors").path(0);
      return CatalogJson.text(error, field);
    } catch (IOException e) {
      return "";
    }
  }
}
