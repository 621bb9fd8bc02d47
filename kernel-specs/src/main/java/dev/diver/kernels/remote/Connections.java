package dev.diver.kernels.remote;

import java.util.List;
import okhttp3.Call;
import okhttp3.ConnectionSpec;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import org.jspecify.annotations.Nullable;

/**
 * The connections of one client. Reading the certificates of the world's authorities takes longer
 * than a small pull, so that is left until a server asks for it.
 */
final class Connections implements Call.Factory {

  private final OkHttpClient plain;
  private @Nullable OkHttpClient secure;

  Connections(Timeouts timeouts) {
    plain =
        new OkHttpClient.Builder()
            .connectTimeout(timeouts.connect())
            .readTimeout(timeouts.stall())
            .writeTimeout(timeouts.stall())
            .followSslRedirects(false)
            .connectionSpecs(List.of(ConnectionSpec.CLEARTEXT))
            .build();
  }

  @Override
  public Call newCall(Request request) {
    return (request.isHttps() ? secure() : plain).newCall(request);
  }

  private synchronized OkHttpClient secure() {
    OkHttpClient client = secure;
    if (client == null) {
      client = plain.newBuilder().connectionSpecs(List.of(ConnectionSpec.MODERN_TLS)).build();
      secure = client;
    }
    return client;
  }
}
