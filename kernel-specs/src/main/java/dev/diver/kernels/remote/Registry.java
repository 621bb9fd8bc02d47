package dev.diver.kernels.remote;

import dev.diver.kernels.failure.Failure;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;
import javax.net.ssl.SSLException;
import okhttp3.HttpUrl;
import okhttp3.Request;
import okhttp3.Response;
import tools.jackson.databind.JsonNode;

/**
 * One server over HTTP: authorization and retries. Knows nothing of kernels.
 *
 * @param http shared by all servers
 * @param base the server's address
 */
record Registry(Connections http, HttpUrl base, Authorizer authorizer, Timeouts timeouts) {

  private static final int ATTEMPTS = 4;
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(10);

  /** Reads an answer of any status. An {@link IOException} from it is a failed attempt. */
  @FunctionalInterface
  interface Answer<T> {
    T read(Response response) throws IOException;
  }

  /** The address of {@code /v2/NAME/PATH}. */
  HttpUrl v2(String name, String path) {
    return base.newBuilder().addPathSegments("v2/" + name + "/" + path).build();
  }

  /** The address of {@code /api/v1/PATH}. */
  HttpUrl.Builder api(String path) {
    return base.newBuilder().addPathSegments("api/v1/" + path);
  }

  /** Asks the API for a JSON object; NOT_FOUND and the like where the answer is none. */
  JsonNode ask(HttpUrl url, String action) {
    return call(
        "",
        () -> new Request.Builder().url(url).build(),
        response -> {
          if (response.code() == 404 && RemoteFailures.message(response).isEmpty()) {
            throw RemoteFailures.notACatalog(url).exception();
          }
          if (!response.isSuccessful()) {
            throw failure(action, response).exception();
          }
          JsonNode node = CatalogJson.parse(Bounded.read(response, CatalogJson.MAX_ANSWER));
          if (!node.isObject()) {
            throw RemoteFailures.notACatalog(url).exception();
          }
          return node;
        });
  }

  /** Sends a request whose answer is that it was done. */
  void command(String repository, Supplier<Request> request, String action) {
    call(
        repository,
        request,
        response -> {
          if (!response.isSuccessful()) {
            throw failure(action, response).exception();
          }
          return response.code();
        });
  }

  /** What an unwelcome answer means. */
  Failure failure(String action, Response response) {
    return RemoteFailures.of(action, response, authorizer.credentialFor(base));
  }

  /**
   * Sends a request and reads its answer; tries again, with growing pauses, where the failure may
   * pass: a connection that broke or fell silent, 408, 429, 5xx. What can be sent only once must
   * not come here.
   */
  <T> T call(String repository, Supplier<Request> request, Answer<T> answer) {
    for (int attempt = 1; ; attempt++) {
      Duration pause = timeouts.retryPause().multipliedBy(1L << (attempt - 1));
      Request next = request.get();
      try (Response response = send(next, repository)) {
        if (attempt == ATTEMPTS || !mayPass(response.code())) {
          return answer.read(response);
        }
        pause = retryAfter(response).orElse(pause);
      } catch (IOException e) {
        if (attempt == ATTEMPTS || !mayPass(e)) {
          throw RemoteFailures.unreachable(next.url(), e).exception(e);
        }
      }
      pause(pause);
    }
  }

  /** A server may send uploads elsewhere; credentials do not follow. */
  private Response send(Request request, String repository) throws IOException {
    return Authorizer.sameOrigin(request.url(), base)
        ? authorizer.send(request, repository)
        : http.newCall(request).execute();
  }

  private static boolean mayPass(int status) {
    return status == 408
        || status == 429
        || (status >= 500 && status != 501 && status != 505 && status != 507);
  }

  /** Nobody there, no such host, no trust: waiting does not help. */
  private static boolean mayPass(IOException e) {
    boolean ended = e instanceof InterruptedIOException && !(e instanceof SocketTimeoutException);
    return !(e instanceof ConnectException
        || e instanceof UnknownHostException
        || e instanceof SSLException
        || ended);
  }

  /** RFC 9110, section 10.2.3, in seconds; not longer than we care to wait. */
  private static Optional<Duration> retryAfter(Response response) {
    String seconds = response.header("Retry-After", "");
    if (seconds == null || !seconds.matches("\\d{1,6}")) {
      return Optional.empty();
    }
    Duration asked = Duration.ofSeconds(Long.parseLong(seconds));
    return Optional.of(asked.compareTo(LONGEST_PAUSE) < 0 ? asked : LONGEST_PAUSE);
  }

  private void pause(Duration duration) {
    try {
      Thread.sleep(duration);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw RemoteFailures.unreachable(base, new InterruptedIOException("interrupted"))
          .exception(e);
    }
  }
}
