-- Each hash is of the password `mti wa zamani 1963`.
INSERT INTO users (email_address, full_name, phone_number, two_factor_secret, pw_hash) VALUES
  ('Wanjiku@Example.com', 'Wanjiku Kamau', '+254712345678', 'JBSWY3DPEHPK3PXP', '$argon2id$v=19$m=19456,t=2,p=1$elhv4/w6do7e/lJIbdDJJQ$LbMykJtc57+JfeL/svKVDmS8PkHJYoalHZD56VkqyXU'),
  ('otieno@example.com', 'Otieno Ouma', '0722 000 111', NULL, '$argon2id$v=19$m=19456,t=2,p=1$elhv4/w6do7e/lJIbdDJJQ$LbMykJtc57+JfeL/svKVDmS8PkHJYoalHZD56VkqyXU'),
  ('amina@example.com', 'Amina Yusuf', NULL, NULL, '$2b$10$CLybDiC3Anejf8gYD93iD.1SmmKMJm/rLQO8mBliTMsrc3kLVsjZa');
INSERT INTO addresses (user_id, street, town) VALUES (1, 'Moi Avenue 12', 'Nairobi'), (2, 'Oginga Odinga Street 4', 'Kisumu');
INSERT INTO roles (name) VALUES ('customer'), ('packer'), ('manager');
INSERT INTO user_roles (user_id, role_id) VALUES (1, 1), (2, 2), (3, 3);
INSERT INTO newsletter_subscriptions (user_id, topic) VALUES (1, 'tools');

INSERT INTO brands (name) VALUES ('Jembe'), ('Nyota');
INSERT INTO categories (parent_id, name) VALUES (NULL, 'Tools'), (1, 'Garden'), (NULL, 'Lighting');
INSERT INTO products (sku, name, brand_id, category_id) VALUES ('JE-1', 'Hoe', 1, 2), ('NY-7', 'Lantern', 2, 3), ('JE-4', 'Spade', 1, 2);
INSERT INTO product_images (product_id, path) VALUES (1, 'hoe.jpg'), (2, 'lantern.jpg');
INSERT INTO price_lists (name) VALUES ('retail');
INSERT INTO prices (price_list_id, product_id, amount) VALUES (1, 1, 650.00), (1, 2, 1200.50), (1, 3, 800.00);
INSERT INTO reviews (product_id, user_id, stars, words) VALUES (1, 1, 5, 'Sharp.');
INSERT INTO wishlists (user_id, name) VALUES (1, 'Shamba');
INSERT INTO wishlist_items (wishlist_id, product_id) VALUES (1, 3);

INSERT INTO warehouses (name) VALUES ('Nairobi'), ('Kisumu');
INSERT INTO stock_movements (warehouse_id, product_id, change, moved_by) VALUES (1, 1, 40, 2), (1, 2, 15, 2), (1, 1, -2, 2), (2, 3, 9, 2);
INSERT INTO suppliers (name, contact_email) VALUES ('Jembe Works', 'sales@jembe.example');
INSERT INTO purchase_orders (supplier_id, ordered_by) VALUES (1, 3);
INSERT INTO purchase_order_lines (purchase_order_id, product_id, quantity) VALUES (1, 1, 40);

INSERT INTO carts (user_id) VALUES (1), (NULL);
INSERT INTO cart_items (cart_id, product_id, quantity) VALUES (1, 3, 1), (2, 2, 2);
INSERT INTO orders (user_id, status) VALUES (1, 'paid'), (2, 'placed'), (1, 'cancelled');
INSERT INTO order_lines (order_id, product_id, quantity, amount) VALUES (1, 1, 2, 1300.00), (2, 2, 1, 1200.50), (3, 3, 1, 800.00);
INSERT INTO payments (order_id, method, reference, amount) VALUES (1, 'mpesa', 'QK12', 1300.00), (3, 'card', 'c-9', 800.00);
INSERT INTO refunds (payment_id, amount) VALUES (2, 800.00);
INSERT INTO coupons (code, percent_off) VALUES ('KARIBU', 10);
INSERT INTO coupon_uses (coupon_id, order_id) VALUES (1, 1);

INSERT INTO carriers (name) VALUES ('Wells'), ('G4');
INSERT INTO shipments (order_id, carrier_id, sent_at) VALUES (1, 1, '2026-10-01 08:00+00');
INSERT INTO shipment_lines (shipment_id, order_line_id) VALUES (1, 1);
INSERT INTO support_tickets (user_id, subject) VALUES (1, 'Handle is loose');
INSERT INTO ticket_messages (ticket_id, author_id, words) VALUES (1, 1, 'It wobbles.'), (1, 3, 'We send another.');
