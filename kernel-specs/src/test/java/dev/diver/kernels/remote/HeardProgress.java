package dev.diver.kernels.remote;

import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Keeps what it hears. */
final class HeardProgress implements Progress {

  final Map<String, Long> announced = new ConcurrentHashMap<>();
  final Map<String, Long> done = new ConcurrentHashMap<>();
  final Set<String> finished = ConcurrentHashMap.newKeySet();

  @Override
  public void started(String title, long bytes) {
    announced.put(title, bytes);
  }

  @Override
  public void advanced(String title, long bytes) {
    done.merge(title, bytes, Long::sum);
  }

  @Override
  public void finished(String title) {
    finished.add(title);
  }
}
