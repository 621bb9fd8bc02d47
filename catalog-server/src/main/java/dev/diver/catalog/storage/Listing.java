package dev.diver.catalog.storage;

import java.io.IOException;
import java.sql.SQLException;

/** What is told of kernels that come, change and go; search is one. */
public interface Listing {

  /**
   * Looks at the config of a kernel that is being pushed; {@link RefusedException} if it is none.
   */
  void check(byte[] spec);

  /** The tags of this repository changed; carried out in the transaction of the change. */
  void refresh(Session session, long repository) throws SQLException, IOException;
}
