package dev.diver.catalog.http;

import io.javalin.http.Context;

/** What a person sees who opens the catalog's address. */
final class Greeting {

  private Greeting() {}

  static void send(Context ctx) {
    String host = ctx.host().replaceAll("[^A-Za-z0-9.:\\[\\]-]", "");
    ctx.contentType("text/plain; charset=utf-8");
    ctx.result(
        """
        This is a Diver catalog: specialized kernels, as OCI artifacts.

          diver search --catalog %1$s hpc
          diver search --catalog %1$s --boot pvh --abi linux --handles futex,mmap --language fortran
          export DIVER_CATALOG=%1$s

        Search as JSON:  %1$s/api/v1/kernels?q=hpc
          narrowed by    tag, mode, arch, boot, handles, abi, language, hypervisor
        Any OCI client:  skopeo inspect docker://%2$s/NAME:TAG
        """
            .formatted(ctx.scheme() + "://" + host, host));
  }
}
