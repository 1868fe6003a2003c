;; Gives the same cursor on every page.
(func $validate (result i32) (call $nobody))
(func $list (param i32 i32) (result i32)
  (drop (call $nobody))
  (i32.store8 (i32.const 560) (i32.const 1))
  (i32.store (i32.const 564) (i32.const 16))
  (i32.store (i32.const 568) (i32.const 7))
  (i32.const 512))
