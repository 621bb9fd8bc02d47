package dev.diver.kernels.remote;

import dev.diver.kernels.failure.DiverException;
import dev.diver.kernels.reference.KernelReference;
import dev.diver.kernels.spec.KernelSpecJson;
import dev.diver.kernels.store.KernelStore;
import dev.diver.kernels.store.StoredKernel;
import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.UnaryOperator;
import okhttp3.HttpUrl;
import okhttp3.Request;
import okhttp3.RequestBody;
import tools.jackson.databind.JsonNode;

/**
 * A user's view of a catalog, and of any OCI registry that a reference names. Safe for several
 * threads. Does not remember anything between runs but credentials.
 *
 * <p>Everywhere: UNAVAILABLE where the server cannot be reached, falls silent or fails; DENIED
 * where it wants other credentials.
 */
public final class CatalogClient {

  private final Connections http;
  private final URI catalog;
  private final CredentialStore credentials;
  private final Timeouts timeouts;
  private final Authorizer authorizer;

  /** A client of this catalog with the usual timeouts. */
  public CatalogClient(URI catalog, CredentialStore credentials) {
    this(catalog, credentials, Timeouts.DEFAULT);
  }

  /**
   * A client of a catalog.
   *
   * @param catalog as {@link CatalogAddress} gives it
   */
  public CatalogClient(URI catalog, CredentialStore credentials, Timeouts timeouts) {
    this.http = new Connections(timeouts);
    this.catalog = catalog;
    this.credentials = credentials;
    this.timeouts = timeouts;
    this.authorizer = new Authorizer(http, credentials::find, false);
  }

  /**
   * One page of the kernels that match; INVALID, with the values that there are, where a filter's
   * value is none.
   */
  public SearchPage search(SearchQuery query) {
    Registry registry = registry(catalog);
    HttpUrl.Builder url = registry.api("kernels").addQueryParameter("q", query.words());
    for (SearchFilter filter : SearchFilter.values()) {
      for (String value : query.filters().getOrDefault(filter, List.of())) {
        url.addQueryParameter(filter.parameter(), value);
      }
    }
    url.addQueryParameter("sort", query.sort().name().toLowerCase(Locale.ROOT))
        .addQueryParameter("page", Integer.toString(query.page()))
        .addQueryParameter("size", Integer.toString(query.size()));
    return CatalogJson.page(registry.ask(url.build(), "search"));
  }

  /**
   * All that the catalog tells about a kernel; NOT_FOUND, with the nearest names, where it lists
   * none of this name.
   *
   * @param name with its namespace, as in {@code remora}
   */
  public KernelInfo info(String name) {
    KernelReference reference = KernelReference.parse(name);
    Registry registry = registry(CatalogAddress.of(reference, catalog));
    JsonNode node;
    try {
      node = registry.ask(registry.api("kernels/" + reference.name()).build(), "look up " + name);
    } catch (DiverException e) {
      throw Suggestions.improve(registry, reference, e);
    }
    return new KernelInfo(
        CatalogJson.summary(node),
        KernelSpecJson.read(CatalogJson.MAPPER.writeValueAsBytes(node.path("spec"))),
        CatalogJson.releases(node));
  }

  /** What the catalog says of itself. */
  public CatalogStatus status() {
    Registry registry = registry(catalog);
    return CatalogJson.status(registry.ask(registry.api("status").build(), "see the status"));
  }

  /**
   * Brings a kernel package into the store and lists it there under this reference. What the store
   * has already is not fetched; what an earlier attempt left is completed.
   *
   * @throws DiverException NOT_FOUND, with the nearest names; CORRUPT where the content is not what
   *     its digest or size says; EXHAUSTED where the disk is full
   */
  public StoredKernel pull(KernelReference reference, KernelStore store, Progress progress) {
    Registry registry = registry(CatalogAddress.of(reference, catalog));
    try {
      return new Pull(registry, reference, progress).into(store);
    } catch (DiverException e) {
      throw Suggestions.improve(registry, reference, e);
    }
  }

  /**
   * Publishes a kernel package of the store under a reference. What the server has already is not
   * sent.
   *
   * @throws DiverException CONFLICT where the tag names another package and may not be moved
   */
  public void push(
      StoredKernel kernel, KernelStore store, KernelReference target, Progress progress) {
    Registry registry = registry(CatalogAddress.of(target, catalog));
    new Push(registry, target, progress).from(store, kernel);
  }

  /** Takes a release out of search and of resolution by tag; by digest it can be pulled still. */
  public void yank(String name, String tag) {
    setYanked(name, tag, "yank", request -> request.put(RequestBody.EMPTY));
  }

  /** Undoes {@link #yank}. */
  public void unyank(String name, String tag) {
    setYanked(name, tag, "un-yank", Request.Builder::delete);
  }

  /**
   * Tries a credential at the catalog and remembers it if it is accepted; DENIED if it is not. A
   * catalog that asks nobody who they are accepts any.
   */
  public void login(Credential credential) {
    Authorizer candidate = new Authorizer(http, host -> Optional.of(credential), true);
    Registry registry = new Registry(http, HttpUrl.get(catalog), candidate, timeouts);
    HttpUrl v2 = registry.base().newBuilder().addPathSegments("v2/").build();
    registry.command("", () -> new Request.Builder().url(v2).build(), "log in");
    credentials.put(Authorizer.authority(registry.base()), credential);
  }

  /** Forgets the catalog's credential; false if there was none. */
  public boolean logout() {
    return credentials.remove(Authorizer.authority(HttpUrl.get(catalog)));
  }

  private void setYanked(
      String name, String tag, String verb, UnaryOperator<Request.Builder> method) {
    KernelReference reference = KernelReference.parse(name).withTag(tag);
    Registry registry = registry(CatalogAddress.of(reference, catalog));
    HttpUrl url =
        registry.api("kernels/" + reference.name() + "/releases/" + tag + "/yank").build();
    registry.command(
        reference.name(),
        () -> method.apply(new Request.Builder().url(url)).build(),
        verb + " " + reference);
  }

  private Registry registry(URI address) {
    return new Registry(http, HttpUrl.get(address), authorizer, timeouts);
  }
}
